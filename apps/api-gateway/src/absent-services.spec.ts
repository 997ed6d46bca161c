import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasAwsCli } from '../../../test/support/aws-cli';
import { type RawAnswer, type RawRequest, startTestGateway, type TestGateway } from '../../../test/support/gateway';

const run = promisify(execFile);
const form = { 'content-type': 'application/x-www-form-urlencoded' };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ alone: true });
});
afterAll(() => gateway.close());

/** Sends a request in the form of a client that has keys of real AWS. */
const send = (request: RawRequest): Promise<RawAnswer> =>
  gateway.send({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'of-another-service', ...request });

const textOf = (service: string): string => `Stowage does not provide the AWS service '${service}'.`;
const unescaped = (xml: string): string => xml.replaceAll('&apos;', "'");

describe('an AWS service that Stowage does not provide is named before the signature is checked,', () => {
  it('in AWS JSON', async () => {
    const { status, headers, text } = await send({ service: 'logs', target: 'Logs_20140328.DescribeLogGroups' });
    expect([status, headers['content-type']]).toEqual([400, 'application/x-amz-json-1.1']);
    expect(JSON.parse(text)).toEqual({ __type: 'UnknownOperationException', message: textOf('logs') });
  });

  it('in REST with JSON, whose clients read the code from a header', async () => {
    const json = { 'content-type': 'application/json' };
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const path = '/2015-03-31/functions/name/invocations';
      const { status, headers, text } = await send({ service: 'lambda', method, path, headers: json });
      expect([status, headers['x-amzn-errortype']]).toEqual([400, 'UnknownOperationException']);
      expect(JSON.parse(text)).toMatchObject({ message: textOf('lambda') });
    }
  });

  it('in AWS Query', async () => {
    const body = 'Action=ListRoles&Version=2010-05-08';
    const { status, headers, text } = await send({ service: 'iam', headers: form, body });
    expect([status, headers['content-type']]).toEqual([400, 'text/xml']);
    expect(unescaped(text)).toContain(
      `<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>${textOf('iam')}</Message></Error>`,
    );
    expect(text).toMatch(/^<ErrorResponse xmlns="[^"]+"/);
  });

  it('in EC2 Query', async () => {
    const body = 'Action=DescribeVpcs&Version=2016-11-15';
    const { status, text } = await send({ service: 'ec2', headers: form, body });
    expect(status).toBe(400);
    expect(unescaped(text)).toMatch(
      new RegExp(
        `^<Response><Errors><Error><Code>InvalidAction</Code><Message>${textOf('ec2')}</Message></Error></Errors><RequestID>`,
      ),
    );
  });

  it('in the protocol of S3, also for an answer without a body and for a large request', async () => {
    const { status, text } = await send({ service: 's3', method: 'GET', path: '/bucket', body: '' });
    expect(status).toBe(501);
    expect(unescaped(text)).toMatch(
      new RegExp(`^<Error><Code>NotImplemented</Code><Message>${textOf('s3')}</Message><RequestId>`),
    );
    expect((await send({ service: 's3', method: 'HEAD', path: '/bucket/key', body: '' })).status).toBe(501);
    const large = await send({ service: 's3', method: 'PUT', path: '/bucket/key', body: Buffer.alloc(3_000_000) });
    expect(large.text).toContain('NotImplemented');
  });

  it('in REST with XML', async () => {
    const { status, text } = await send({
      service: 'route53',
      method: 'GET',
      path: '/2013-04-01/hostedzone',
      body: '',
    });
    expect([status, unescaped(text)]).toEqual([400, expect.stringContaining(textOf('route53'))]);
    expect(text).toMatch(/^<ErrorResponse .*<Code>InvalidAction<\/Code>/);
  });

  it('in RPC v2 CBOR', async () => {
    const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };
    const path = '/service/GraniteServiceVersion20100801/operation/ListMetrics';
    const answer = await send({ service: 'monitoring', path, headers, body: Buffer.of(0xa0) });
    expect([answer.status, answer.headers['smithy-protocol'], answer.headers['content-type']]).toEqual([
      400,
      'rpc-v2-cbor',
      'application/cbor',
    ]);
    const text = (value: string): string => `\u0079\u0000${String.fromCharCode(value.length)}${value}`;
    const members = ['__type', 'UnknownOperationException', 'message', textOf('monitoring')].map(text).join('');
    // The first byte, a map of two members, is not valid UTF-8.
    expect(answer.text.slice(1)).toBe(members);
  });

  it('in a presigned URL', async () => {
    const scope = encodeURIComponent('AKIAIOSFODNN7EXAMPLE/20261122/us-east-1/s3/aws4_request');
    const path = `/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope}`;
    const { text } = await gateway.send({ method: 'GET', path, body: '', unsigned: true });
    expect(unescaped(text)).toContain(textOf('s3'));
  });

  it('but not without a signature, because the service is unknown then', async () => {
    const { text } = await gateway.send({ target: 'Logs_20140328.DescribeLogGroups', unsigned: true });
    expect(JSON.parse(text)).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });
});

describe.skipIf(!hasAwsCli())('the AWS CLI prints the name of an absent service:', () => {
  it.each([
    ['logs', ['logs', 'describe-log-groups']],
    ['ec2', ['ec2', 'describe-vpcs']],
    ['iam', ['iam', 'list-roles']],
    ['s3', ['s3', 'ls']],
    ['lambda', ['lambda', 'list-functions']],
    ['monitoring', ['cloudwatch', 'list-metrics']],
    ['route53', ['route53', 'list-hosted-zones']],
  ])('%s', { timeout: 60_000 }, async (service, args) => {
    const environment = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'of-another-service',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const command = run('aws', ['--endpoint-url', gateway.url, ...args], { env: environment });
    await expect(command).rejects.toThrow(textOf(service));
  });
});
