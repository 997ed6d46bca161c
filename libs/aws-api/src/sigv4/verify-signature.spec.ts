import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../errors';
import { readClaim } from './signature-claim';
import type { SignedRequest } from './signed-request';
import { CLOCK_SKEW_MS, type SignatureTerms, verifySignature } from './verify-signature';

const NOW = Date.UTC(2026, 10, 22, 9, 30, 0);
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TERMS: SignatureTerms = { region: 'us-east-1', service: 'ecs', now: NOW, secret: SECRET };
const BODY = '{"tasks": ["ünïcode"]}';

interface Signing {
  readonly at?: number;
  readonly region?: string;
  readonly service?: string;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly checksum?: boolean;
}

/** Returns a request signed by the SDK's signer. */
async function signed(options: Signing = {}): Promise<SignedRequest> {
  const signer = new SignatureV4({
    region: options.region ?? 'us-east-1',
    service: options.service ?? 'ecs',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: options.secret ?? SECRET },
    sha256: Sha256,
    applyChecksum: options.checksum ?? true,
  });
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: '/',
      headers: { host: '127.0.0.1:5100', 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.X', ...options.headers },
      body: options.body ?? BODY,
    },
    { signingDate: new Date(options.at ?? NOW) },
  );
  return {
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(options.body ?? BODY),
  };
}

async function verify(request: SignedRequest, terms: Partial<SignatureTerms> = {}): Promise<void> {
  await verifySignature(request, readClaim(request), { ...TERMS, ...terms });
}

async function refusal(request: SignedRequest, terms: Partial<SignatureTerms> = {}): Promise<string> {
  const error = await verify(request, terms).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  return error instanceof ApiError ? `${error.code}: ${error.message}` : '';
}

const authorization = (request: SignedRequest, change: (text: string) => string): SignedRequest => ({
  ...request,
  headers: { ...request.headers, authorization: change(String(request.headers['authorization'])) },
});

describe('a signed request', () => {
  it('is accepted with and without a header for the hash of its body', async () => {
    await verify(await signed());
    await verify(await signed({ checksum: false }));
    await verify(await signed({ body: '' }));
  });

  it('is accepted for the example of the AWS test suite', async () => {
    // "get-vanilla" of the Signature Version 4 test suite.
    const request: SignedRequest = {
      method: 'GET',
      path: '/',
      query: new URLSearchParams(),
      headers: {
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
      },
      body: Buffer.alloc(0),
    };
    await verify(request, { service: 'service', now: Date.UTC(2015, 7, 30, 12, 36) });
  });

  it('is accepted without spaces after the commas', async () => {
    await verify(authorization(await signed(), (text) => text.replaceAll(', ', ',')));
  });

  it('is accepted up to fifteen minutes early or late', async () => {
    await verify(await signed({ at: NOW - CLOCK_SKEW_MS }));
    await verify(await signed({ at: NOW + CLOCK_SKEW_MS }));
  });

  it('is rejected earlier or later', async () => {
    expect(await refusal(await signed({ at: NOW - CLOCK_SKEW_MS - 1_000 }))).toBe(
      'InvalidSignatureException: Signature expired: 20261122T091459Z is now earlier than 20261122T091500Z (20261122T093000Z - 15 min.)',
    );
    expect(await refusal(await signed({ at: NOW + CLOCK_SKEW_MS + 1_000 }))).toBe(
      'InvalidSignatureException: Signature not yet current: 20261122T094501Z is still later than 20261122T094500Z (20261122T093000Z + 15 min.)',
    );
  });

  it('is rejected for another region, service or day', async () => {
    expect(await refusal(await signed({ region: 'eu-west-1' }))).toBe(
      "InvalidSignatureException: Credential should be scoped to a valid region. This Stowage is the region 'us-east-1', and the request is signed for 'eu-west-1': set AWS_REGION and AWS_DEFAULT_REGION, or the region of the profile.",
    );
    expect(await refusal(await signed({ service: 'sts' }))).toBe(
      "InvalidSignatureException: Credential should be scoped to correct service: 'ecs'.",
    );
    const otherDay = authorization(await signed(), (text) => text.replace('/20261122/', '/20261121/'));
    expect(await refusal(otherDay)).toContain('Date in Credential scope does not match');
  });

  it('is rejected with another secret, an unknown key, or any session token', async () => {
    const mismatch = /^InvalidSignatureException: The request signature we calculated does not match/;
    const invalidToken = 'UnrecognizedClientException: The security token included in the request is invalid.';
    expect(await refusal(await signed({ secret: 'another' }))).toMatch(mismatch);
    expect(await refusal(await signed(), { secret: undefined })).toBe(invalidToken);
    expect(await refusal(await signed({ headers: { 'x-amz-security-token': 'x' } }))).toBe(invalidToken);
  });

  it('is rejected if a signed part was changed in transit', async () => {
    const request = await signed({ checksum: false });
    const mismatch = /^InvalidSignatureException: The request signature we calculated does not match/;
    expect(await refusal({ ...request, body: Buffer.from('{}') })).toMatch(mismatch);
    expect(await refusal({ ...request, method: 'PUT' })).toMatch(mismatch);
    expect(await refusal({ ...request, path: '/x' })).toMatch(mismatch);
    expect(await refusal({ ...request, query: new URLSearchParams('a=b') })).toMatch(mismatch);
    expect(await refusal({ ...request, headers: { ...request.headers, host: 'elsewhere' } })).toMatch(mismatch);
    const retargeted = { ...request.headers, 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.Y' };
    expect(await refusal({ ...request, headers: retargeted })).toMatch(mismatch);
    const last = authorization(request, (text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'));
    expect(await refusal(last)).toMatch(mismatch);
  });

  it('is rejected if its body does not match its hash, or the hash is not signed', async () => {
    const request = await signed();
    const wrongHash = /^InvalidSignatureException: The provided 'x-amz-content-sha256' header does not match/;
    expect(await refusal({ ...request, body: Buffer.from('{}') })).toMatch(wrongHash);
    expect(await refusal(await signed({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }))).toMatch(wrongHash);
  });

  it('is incomplete if a header that determines the operation is not signed', async () => {
    const request = await signed();
    const unsigned = authorization(request, (text) => text.replace(';x-amz-target', ''));
    expect(await refusal(unsigned)).toBe(
      "IncompleteSignatureException: 'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    );
    expect(await refusal(authorization(request, (text) => text.replace(/host;/, '')))).toContain("'host' must be");
  });

  it.each([
    ['another algorithm', (text: string) => text.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')],
    ['no signature', (text: string) => text.replace(/, Signature=.*/, '')],
    ['a short signature', (text: string) => text.slice(0, -1)],
    ['no credential', (text: string) => text.replace(/Credential=[^,]*, /, '')],
    ['a credential with too few parts', (text: string) => text.replace('/us-east-1', '')],
    ['a credential with too many parts', (text: string) => text.replace('/us-east-1', '/us-east-1/x')],
    ['another terminator', (text: string) => text.replace('aws4_request', 'aws5_request')],
    ['nothing at all', () => 'AWS4-HMAC-SHA256'],
    ['another scheme', () => 'Bearer abc'],
    ['nothing', () => ''],
  ])('is incomplete with %s', async (_name, change) => {
    expect(await refusal(authorization(await signed(), change))).toMatch(/^IncompleteSignatureException: /);
  });

  it.each(['20261122', '2026-11-22T09:30:00Z', '20261322T093000Z', 'Sun, 22 Nov 2026 09:30:00 GMT'])(
    'is incomplete with the date %s',
    async (date) => {
      const request = await signed();
      const headers = { ...request.headers, 'x-amz-date': date };
      expect(await refusal({ ...request, headers })).toMatch(/^IncompleteSignatureException: /);
    },
  );

  it('requires a signature', async () => {
    const { authorization: _none, ...headers } = (await signed()).headers;
    const unsigned = { ...(await signed()), headers };
    expect(await refusal(unsigned)).toBe('MissingAuthenticationTokenException: Missing Authentication Token');
  });
});

describe('a presigned URL', () => {
  async function presigned(expiresIn = 60, at = NOW): Promise<SignedRequest> {
    const signer = new SignatureV4({
      region: 'us-east-1',
      service: 'sts',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET },
      sha256: Sha256,
    });
    const { query, headers } = await signer.presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host: '127.0.0.1:5100', 'x-cluster-id': 'mine' },
      },
      { expiresIn, signingDate: new Date(at) },
    );
    const pairs = Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
    return { method: 'GET', path: '/', query: new URLSearchParams(pairs), headers, body: Buffer.alloc(0) };
  }
  const changed = (request: SignedRequest, name: string, value: string): SignedRequest => {
    const query = new URLSearchParams(request.query);
    query.set(name, value);
    return { ...request, query };
  };
  const sts = { service: 'sts' };

  it('is accepted until it expires', async () => {
    await verify(await presigned(), sts);
    await verify(await presigned(60, NOW - 60_000), sts);
    await verify(await presigned(604_800, NOW - 604_000_000), sts);
    expect(await refusal(await presigned(60, NOW - 61_000), sts)).toBe(
      'InvalidSignatureException: Signature expired: 20261122T092959Z is now earlier than 20261122T093000Z',
    );
  });

  it('is rejected if any part of it was changed', async () => {
    const request = await presigned();
    const mismatch = /^InvalidSignatureException: The request signature we calculated does not match/;
    expect(await refusal(changed(request, 'Action', 'Other'), sts)).toMatch(mismatch);
    expect(await refusal(changed(request, 'X-Amz-Expires', '600'), sts)).toMatch(mismatch);
    expect(await refusal(changed(request, 'More', 'x'), sts)).toMatch(mismatch);
    expect(await refusal({ ...request, headers: { ...request.headers, 'x-cluster-id': 'yours' } }, sts)).toMatch(
      mismatch,
    );
    expect(await refusal(request, { service: 'sts', secret: 'another' })).toMatch(mismatch);
  });

  it.each([
    ['X-Amz-Expires', '0'],
    ['X-Amz-Expires', '604801'],
    ['X-Amz-Expires', 'soon'],
    ['X-Amz-Credential', 'x'],
    ['X-Amz-Date', 'x'],
    ['X-Amz-Algorithm', 'x'],
    ['X-Amz-SignedHeaders', ''],
    ['X-Amz-Signature', 'x'],
  ])('is incomplete with %s=%s', async (name, value) => {
    expect(await refusal(changed(await presigned(), name, value), sts)).toMatch(/^IncompleteSignatureException: /);
  });

  it('is rejected with a session token', async () => {
    expect(await refusal(changed(await presigned(), 'X-Amz-Security-Token', 'x'), sts)).toMatch(/^UnrecognizedClient/);
  });
});
