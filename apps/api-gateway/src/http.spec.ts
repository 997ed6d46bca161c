import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCESS_KEY,
  type RawAnswer,
  type RawRequest,
  startTestGateway,
  type TestGateway,
} from '../../../test/support/gateway';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const IDENTITY = 'Action=GetCallerIdentity&Version=2011-06-15';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ alone: true, settings: { STOWAGE_REQUEST_TIMEOUT_MS: '2000' } });
});
afterAll(() => gateway.close());

/** Sends a request that is not valid, and expects an answer in AWS's format and no event in the journal. */
async function refused(request: RawRequest): Promise<{ code: string; message: string; answer: RawAnswer }> {
  const before = await gateway.runtime.journal.lastSequence();
  const answer = await gateway.send(request);
  expect(answer.headers['content-type']).toBe('application/x-amz-json-1.1');
  expect(answer.headers['x-amzn-requestid']).toMatch(UUID);
  expect(answer.headers['x-stowage-sequence']).toMatch(/^\d+$/);
  const { __type: code, message } = JSON.parse(answer.text) as { __type: string; message: string };
  expect(answer.headers['x-amzn-errortype']).toBe(code);
  expect(await gateway.runtime.journal.lastSequence()).toBe(before);
  return { code, message, answer };
}

describe('a malformed request of AWS JSON', () => {
  it.each([
    ['malformed JSON', '{"clusters": ['],
    ['a single word', 'clusters'],
    ['a list', '[]'],
    ['a text', '"clusters"'],
    ['null', 'null'],
    ['a number', '7'],
    ['bytes that are not valid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['very deep JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('is rejected: %s', async (_name, body) => {
    const { code, answer } = await refused({ target: 'DescribeClusters', body });
    expect(code).toBe('SerializationException');
    expect(answer.status).toBe(400);
  });

  it('is rejected if it is larger than 1 MiB, before it is read', async () => {
    for (const size of [1_048_577, 10_000_000]) {
      const body = JSON.stringify({ clusters: ['x'.repeat(size)] });
      const { code, answer } = await refused({ target: 'DescribeClusters', body });
      expect([answer.status, code]).toEqual([413, 'RequestEntityTooLarge']);
    }
  });

  it('is accepted if it is exactly that large', async () => {
    const padding = 'x'.repeat(1_048_576 - '{"ignored":""}'.length);
    const answer = await gateway.send({ target: 'ListClusters', body: JSON.stringify({ ignored: padding }) });
    expect(answer.status).toBe(200);
  });

  it.each([
    null,
    '',
    'ecs',
    'AmazonEC2ContainerServiceV20141113',
    'AmazonEC2ContainerServiceV20141113.',
    'AmazonEC2ContainerServiceV20141113.Nothing',
    'AmazonEC2ContainerServiceV20141113.toString',
    'AmazonEC2ContainerServiceV20141113.__proto__',
    'AmazonEC2ContainerServiceV20141113.DescribeClusters.More',
    'AmazonEC2ContainerServiceV20991231.DescribeClusters',
    'Stowage_20261122.DescribeClusters',
    'DescribeClusters.AmazonEC2ContainerServiceV20141113',
  ])('is unknown with the target %s', async (target) => {
    const { code, answer } = await refused({ target });
    expect([answer.status, code]).toEqual([400, 'UnknownOperationException']);
  });

  it.each(['CreateTaskSet', 'ExecuteCommand', 'CreateCapacityProvider', 'CreateDaemon', 'SubmitTaskStateChange'])(
    'is not implemented: %s',
    async (target) => {
      for (const accessKeyId of [ACCESS_KEY.accessKeyId, 'AKSTNOBODY']) {
        const { code, message } = await refused({ target, body: '{}', accessKeyId });
        expect(code).toBe('UnknownOperationException');
        expect(message).toBe(`Stowage does not implement ecs:${target}.`);
      }
    },
  );

  it('has no other path', async () => {
    const { code, answer } = await refused({ path: '/service/ECS', target: 'ListClusters' });
    expect([answer.status, code]).toEqual([404, 'UnknownOperationException']);
  });
});

describe('a request that is not authentic', () => {
  it('is rejected without a signature, for any operation', async () => {
    for (const target of ['ListClusters', 'Nothing', 'CreateService']) {
      const { code } = await refused({ target, unsigned: true });
      expect(code).toBe('MissingAuthenticationTokenException');
    }
  });

  it('is rejected with a wrong secret, key, region or service, or an expired date', async () => {
    const target = 'ListClusters';
    const stale = new Date(Date.now() - 16 * 60_000);
    expect((await refused({ target, secretAccessKey: 'wrong' })).code).toBe('InvalidSignatureException');
    expect((await refused({ target, accessKeyId: 'AKSTNOBODY' })).code).toBe('UnrecognizedClientException');
    expect((await refused({ target, service: 'sts' })).message).toContain("'ecs'");
    expect((await refused({ target, at: stale })).message).toMatch(/^Signature expired: /);
    expect((await refused({ target, headers: { authorization: 'Basic x' }, unsigned: true })).code).toBe(
      'IncompleteSignatureException',
    );
    const token = { 'x-amz-security-token': 'x' };
    expect((await refused({ target, headers: token })).code).toBe('UnrecognizedClientException');
  });

  it('receives the name of this region before its key is checked', async () => {
    for (const accessKeyId of [ACCESS_KEY.accessKeyId, 'AKSTNOBODY']) {
      const { code, message } = await refused({ target: 'ListClusters', region: 'eu-west-1', accessKeyId });
      expect(code).toBe('InvalidSignatureException');
      expect(message).toContain("This Stowage is the region 'us-east-1', and the request is signed for 'eu-west-1'");
    }
  });

  it('receives the same in XML if it uses the Query protocol', async () => {
    const answer = await gateway.send({ service: 'sts', headers: form, body: IDENTITY, secretAccessKey: 'wrong' });
    expect([answer.status, answer.headers['content-type']]).toEqual([403, 'text/xml']);
    const { ErrorResponse } = new XMLParser().parse(answer.text) as {
      ErrorResponse: { Error: Readonly<Record<string, string>>; RequestId: string };
    };
    expect(ErrorResponse.Error).toMatchObject({ Type: 'Sender', Code: 'SignatureDoesNotMatch' });
    expect(ErrorResponse.RequestId).toBe(answer.headers['x-amzn-requestid']);
  });
});

describe('the Query protocol', () => {
  it('has GetCallerIdentity as its only operation of STS', async () => {
    const identity = await gateway.send({ service: 'sts', headers: form, body: IDENTITY });
    expect(identity.status).toBe(200);
    expect(identity.text).toContain('<Arn>arn:aws:iam::123456789012:user/admin</Arn>');
    expect(identity.text).toContain('<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">');
    for (const body of ['Action=AssumeRole&Version=2011-06-15', 'Action=GetCallerIdentity&Version=2000-01-01', '']) {
      const answer = await gateway.send({ service: 'sts', headers: form, body });
      expect([answer.status, /<Code>(.*)<\/Code>/.exec(answer.text)?.[1]]).toEqual([400, 'InvalidAction']);
    }
  });

  it('accepts a presigned URL for GetCallerIdentity, with which clients prove an identity, and for no other operation', async () => {
    const presigned = async (service: string, query: Record<string, string>): Promise<RawAnswer> => {
      const { host } = new URL(gateway.url);
      const credentials = ACCESS_KEY;
      const signer = new SignatureV4({ region: 'us-east-1', service, credentials, sha256: Sha256 });
      const request = { method: 'GET', protocol: 'http:', hostname: '127.0.0.1', path: '/', query, headers: { host } };
      const signed = await signer.presign(request, { expiresIn: 60 });
      const pairs = Object.entries(signed.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
      const path = `/?${new URLSearchParams(pairs).toString()}`;
      return gateway.send({ method: 'GET', path, body: '', unsigned: true });
    };
    const identity = await presigned('sts', { Action: 'GetCallerIdentity', Version: '2011-06-15' });
    expect([identity.status, identity.headers['content-type']]).toEqual([200, 'text/xml']);
    expect(identity.text).toContain(':user/admin</Arn>');
    const other = await presigned('elasticloadbalancing', { Action: 'DescribeLoadBalancers', Version: '2015-12-01' });
    expect([other.status, /<Code>(.*)<\/Code>/.exec(other.text)?.[1]]).toEqual([403, 'MissingAuthenticationToken']);
  });

  it.each([
    ['2015-12-01', 'Stowage does not implement elasticloadbalancing:DescribeTrustStores.'],
    [
      '2012-06-01',
      "Stowage provides version 2015-12-01 of the AWS service 'elasticloadbalancing', not version '2012-06-01'.",
    ],
  ])(
    'names operations of Elastic Load Balancing that Stowage does not implement, in version %s',
    async (version, message) => {
      const body = `Action=DescribeTrustStores&Version=${version}`;
      const answer = await gateway.send({ service: 'elasticloadbalancing', headers: form, body });
      expect([answer.status, /<Code>(.*)<\/Code>/.exec(answer.text)?.[1]]).toEqual([400, 'InvalidAction']);
      expect(/<Message>(.*)<\/Message>/.exec(answer.text)?.[1]?.replaceAll('&apos;', "'")).toBe(message);
      expect(answer.text).toContain('xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"');
    },
  );
});

describe('unusual names', () => {
  const ODD = [
    'ünïcode',
    '日本',
    '"quoted"',
    "it's",
    'a b',
    'a\tb',
    'a\u0000b',
    'a\nb',
    '..',
    '../../etc/passwd',
    '*',
    '>',
    'a.b',
    '$SYS',
    '%41',
    '\ud800',
    'x'.repeat(256),
    'x'.repeat(100_000),
    '<script>',
    "'; DROP TABLE clusters; --",
    '',
    '__proto__ ',
  ];

  it.each(ODD.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
    'are not clusters: %s',
    async (_shown, name) => {
      const described = await refused({ target: 'DescribeClusters', body: JSON.stringify({ clusters: [name] }) });
      expect(described.code).toBe('InvalidParameterException');
      // A blank cluster means the default one, which does not exist.
      const code = name === '' ? 'ClusterNotFoundException' : 'InvalidParameterException';
      const listed = await refused({ target: 'ListTasks', body: JSON.stringify({ cluster: name }) });
      expect(listed.code).toBe(code);
    },
  );

  it.each(ODD.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
    'are not task definitions: %s',
    async (_s, name) => {
      const { answer } = await refused({
        target: 'DescribeTaskDefinition',
        body: JSON.stringify({ taskDefinition: name }),
      });
      expect(answer.status).toBe(400);
    },
  );

  const texts = ODD.filter((name) => name !== 'a\u0000b' && name !== '\ud800');
  it.each(texts.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
    'match no task definition: %s',
    async (_s, name) => {
      const answer = await gateway.call('ListTaskDefinitionFamilies', { familyPrefix: name });
      expect(answer.status).toBe(200);
      expect((await gateway.call('ListTaskDefinitions', { familyPrefix: name })).json).toEqual({
        taskDefinitionArns: [],
      });
    },
  );
});

describe('answers', () => {
  it('contain their position and a unique request id', async () => {
    const [a, b] = await Promise.all([gateway.call('ListClusters', {}), gateway.call('ListClusters', {})]);
    expect(a.headers['x-amzn-requestid']).toMatch(UUID);
    expect(a.headers['x-amzn-requestid']).not.toBe(b.headers['x-amzn-requestid']);
    expect(Number(a.headers['x-stowage-sequence'])).toBe(await gateway.runtime.journal.lastSequence());
    expect(a.headers['content-type']).toBe('application/x-amz-json-1.1');
  });

  it('report at /health that the process is alive, and nothing else, without a signature', async () => {
    const answer = await gateway.send({ method: 'GET', path: '/health', body: '', unsigned: true });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { status: 'ok' }]);
  });

  it('ignore unknown members, and treat null as absent', async () => {
    const { json } = await gateway.call('ListClusters', { unknown: { x: 1 }, maxResults: null, nextToken: null });
    expect(json).toEqual({ clusterArns: [] });
  });
});
