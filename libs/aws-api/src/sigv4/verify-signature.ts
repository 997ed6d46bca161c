import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { ApiError } from '../errors';
import { type SignatureClaim, signingTime } from './signature-claim';
import { headerOf, type SignedRequest } from './signed-request';

/** Largest difference between a client's clock and ours, in milliseconds. */
export const CLOCK_SKEW_MS = 15 * 60_000;
const SKEW_TEXT = '15 min.';

/** Expected region and service, the time, and the secret of the claimed key. */
export interface SignatureTerms {
  readonly region: string;
  /** Signing name of the service that the request calls. */
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Secret of the claimed access key. Undefined if the key does not exist. */
  readonly secret: string | undefined;
}

/**
 * Verifies that the claimed key signed the request, for this service and region and within the time limits. @throws
 * ApiError with ECS's error (the table of ecs-api 3.4)
 */
export async function verifySignature(
  request: SignedRequest,
  claim: SignatureClaim,
  terms: SignatureTerms,
): Promise<void> {
  checkRegion(claim, terms);
  // Stowage issues only long-term keys, so every session token is invalid.
  if (terms.secret === undefined || claim.securityToken !== undefined) {
    throw new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  checkTime(claim, terms.now);
  checkScope(claim, terms);
  const payloadHash = createHash('sha256').update(request.body).digest('hex');
  checkPayloadHash(request, payloadHash);
  const expected = await signatureOf(request, claim, { ...terms, secret: terms.secret, payloadHash });
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature))) throw mismatch();
}

function checkTime({ signedAt, expiresSeconds }: SignatureClaim, now: number): void {
  const at = signingTime(signedAt).getTime();
  if (at > now + CLOCK_SKEW_MS) {
    throw invalid(
      `Signature not yet current: ${signedAt} is still later than ${basic(now + CLOCK_SKEW_MS)} (${basic(now)} + ${SKEW_TEXT})`,
    );
  }
  if (expiresSeconds !== undefined) {
    const until = at + expiresSeconds * 1_000;
    if (now > until) throw invalid(`Signature expired: ${basic(until)} is now earlier than ${basic(now)}`);
    return;
  }
  if (at < now - CLOCK_SKEW_MS) {
    throw invalid(
      `Signature expired: ${signedAt} is now earlier than ${basic(now - CLOCK_SKEW_MS)} (${basic(now)} - ${SKEW_TEXT})`,
    );
  }
}

/**
 * Runs first: a request for another region usually has another key too, and its error must not hide the wrong region.
 */
function checkRegion({ scope }: SignatureClaim, { region }: SignatureTerms): void {
  if (scope.region === region) return;
  throw invalid(
    `Credential should be scoped to a valid region. This Stowage is the region '${region}', and the request is signed for ` +
      `'${scope.region.slice(0, REGION_LENGTH_MAX)}': set AWS_REGION and AWS_DEFAULT_REGION, or the region of the profile.`,
  );
}

/** Length in characters up to which an error repeats a client's region. */
const REGION_LENGTH_MAX = 64;

function checkScope({ scope, signedAt }: SignatureClaim, { service }: SignatureTerms): void {
  if (scope.date !== signedAt.slice(0, 8)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${signedAt.slice(0, 8)}', from '${signedAt}'.`,
    );
  }
  if (scope.service !== service) throw invalid(`Credential should be scoped to correct service: '${service}'.`);
}

/** Also rejects `UNSIGNED-PAYLOAD`, because without TLS nothing else would protect the body. */
function checkPayloadHash(request: SignedRequest, payloadHash: string): void {
  const claimed = headerOf(request, 'x-amz-content-sha256');
  if (claimed !== undefined && claimed !== payloadHash) {
    throw invalid("The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
}

interface SigningTerms extends SignatureTerms {
  readonly secret: string;
  readonly payloadHash: string;
}

/** Computes the expected signature with the SDK's signer. */
async function signatureOf(request: SignedRequest, claim: SignatureClaim, terms: SigningTerms): Promise<string> {
  const signer = new SignatureV4({
    service: terms.service,
    region: terms.region,
    credentials: { accessKeyId: claim.accessKeyId, secretAccessKey: terms.secret },
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = new Set(claim.signedHeaders);
  const options = {
    signingDate: signingTime(claim.signedAt),
    signableHeaders: signed,
    // The signer takes the hash of the body from this header. The header is signed only if the client signed it.
    unsignableHeaders: new Set(signed.has(HASH_HEADER) ? [] : [HASH_HEADER]),
  };
  const toSign = {
    method: request.method,
    protocol: 'http:',
    hostname: '',
    path: request.path,
    query: queryOf(request),
    headers: headersOf(request, signed, terms.payloadHash),
  };
  if (claim.in === 'header') {
    const { headers } = await signer.sign(toSign, options);
    return /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1] ?? '';
  }
  const presigned = await signer.presign(toSign, {
    ...options,
    expiresIn: claim.expiresSeconds ?? 0,
    unhoistableHeaders: new Set([...signed, HASH_HEADER]),
  });
  return String(presigned.query?.['X-Amz-Signature']);
}

const HASH_HEADER = 'x-amz-content-sha256';

/** Returns the signed headers and the body's hash. */
function headersOf(request: SignedRequest, signed: ReadonlySet<string>, payloadHash: string): Record<string, string> {
  const headers: [string, string][] = [[HASH_HEADER, payloadHash]];
  for (const name of signed) {
    const value = headerOf(request, name);
    if (value !== undefined && name !== HASH_HEADER) headers.push([name, value]);
  }
  return Object.fromEntries(headers);
}

/** Returns the query without the parameters that presigning adds. */
function queryOf({ query }: SignedRequest): Record<string, string[]> {
  const added = new Set(['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature']);
  const names = [...new Set(query.keys())].filter(
    (name) => !added.has(name.replace(/^X-Amz-/, '')) || !name.startsWith('X-Amz-'),
  );
  return Object.fromEntries(names.map((name) => [name, query.getAll(name)]));
}

const basic = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');

function invalid(text: string): ApiError {
  return new ApiError('InvalidSignatureException', text);
}

function mismatch(): ApiError {
  return invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}
