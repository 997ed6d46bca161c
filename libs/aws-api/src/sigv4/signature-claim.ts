import { ApiError } from '../errors';
import { headerOf, type SignedRequest } from './signed-request';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Longest validity of a presigned URL: a week. */
export const PRESIGNED_SECONDS_MAX = 604_800;

/** The claimed identity of a request and its signature, both unverified. */
export interface SignatureClaim {
  /** Source of the signature: the `Authorization` header, or the query of a presigned URL. */
  readonly in: 'header' | 'query';
  readonly accessKeyId: string;
  readonly scope: { readonly date: string; readonly region: string; readonly service: string };
  /** `yyyymmddThhmmssZ` */
  readonly signedAt: string;
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  readonly securityToken?: string;
  /** Validity of a presigned URL in seconds. */
  readonly expiresSeconds?: number;
}

/** Parses the claim of a request. @throws ApiError if the signature is absent or incomplete (ecs-api 3.4). */
export function readClaim(request: SignedRequest): SignatureClaim {
  const authorization = headerOf(request, 'authorization');
  if (authorization !== undefined) return claimInHeader(request, authorization);
  if (request.query.has('X-Amz-Algorithm') || request.query.has('X-Amz-Signature')) return claimInQuery(request);
  throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

function claimInHeader(request: SignedRequest, authorization: string): SignatureClaim {
  const [algorithm, ...rest] = authorization.trim().split(' ');
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm'. Only '${ALGORITHM}' is accepted.`);
  const parameters = new Map(rest.join(' ').split(',').map(nameAndValue));
  const signedAt = headerOf(request, 'x-amz-date');
  const missing = [
    ...['Credential', 'Signature', 'SignedHeaders']
      .filter((name) => !parameters.get(name))
      .map((name) => `Authorization header requires '${name}' parameter.`),
    ...(signedAt === undefined ? [`Authorization header requires existence of a 'X-Amz-Date' header.`] : []),
  ];
  if (missing.length > 0) throw incomplete(missing.join(' '));
  const securityToken = headerOf(request, 'x-amz-security-token');
  return {
    in: 'header',
    ...credential(parameters.get('Credential') ?? ''),
    signedAt: checkedTime(signedAt ?? ''),
    signedHeaders: checkedHeaders(parameters.get('SignedHeaders') ?? '', request),
    signature: checkedSignature(parameters.get('Signature') ?? ''),
    ...(securityToken !== undefined && { securityToken }),
  };
}

function claimInQuery({ query, ...request }: SignedRequest): SignatureClaim {
  const names = ['Algorithm', 'Credential', 'Date', 'Expires', 'Signature', 'SignedHeaders'] as const;
  const missing = names.filter((name) => !query.get(`X-Amz-${name}`));
  if (missing.length > 0) {
    throw incomplete(
      `AWS query-string parameters must include ${missing.map((name) => `'X-Amz-${name}'`).join(', ')}.`,
    );
  }
  const parameter = (name: (typeof names)[number]): string => query.get(`X-Amz-${name}`) ?? '';
  if (parameter('Algorithm') !== ALGORITHM) {
    throw incomplete(`Unsupported AWS 'algorithm'. Only '${ALGORITHM}' is accepted.`);
  }
  const expiresSeconds = /^\d{1,6}$/.test(parameter('Expires')) ? Number(parameter('Expires')) : 0;
  if (expiresSeconds < 1 || expiresSeconds > PRESIGNED_SECONDS_MAX) {
    throw incomplete(`'X-Amz-Expires' must be 1 to ${PRESIGNED_SECONDS_MAX} seconds.`);
  }
  const securityToken = query.get('X-Amz-Security-Token');
  return {
    in: 'query',
    ...credential(parameter('Credential')),
    signedAt: checkedTime(parameter('Date')),
    signedHeaders: checkedHeaders(parameter('SignedHeaders'), { query, ...request }),
    signature: checkedSignature(parameter('Signature')),
    expiresSeconds,
    ...(securityToken !== null && { securityToken }),
  };
}

/** `Name=value`. Some clients write a space before it. */
function nameAndValue(parameter: string): readonly [string, string] {
  const [name = '', ...value] = parameter.trim().split('=');
  return [name, value.join('=')];
}

function credential(text: string): Pick<SignatureClaim, 'accessKeyId' | 'scope'> {
  const [accessKeyId, date, region, service, terminator, ...rest] = text.split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || rest.length > 0) {
    throw incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request.',
    );
  }
  return { accessKeyId, scope: { date, region, service } };
}

function checkedTime(text: string): string {
  if (/^\d{8}T\d{6}Z$/.test(text) && !Number.isNaN(signingTime(text).getTime())) return text;
  throw incomplete("Date must be in ISO-8601 'basic format': yyyymmddThhmmssZ.");
}

/** Returns the time of a claim's `yyyymmddThhmmssZ`. */
export function signingTime(text: string): Date {
  return new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** Headers that determine the operation must be signed, so that they cannot be changed in transit. */
function checkedHeaders(text: string, request: SignedRequest): readonly string[] {
  const headers = text.split(';');
  const decisive = ['x-amz-date', 'x-amz-target', 'x-amz-security-token'];
  const needed = ['host', ...decisive.filter((name) => headerOf(request, name) !== undefined)];
  for (const name of needed) {
    if (!headers.includes(name)) throw incomplete(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
  return headers;
}

function checkedSignature(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw incomplete('Signature must be 64 hexadecimal digits.');
  return text;
}

function incomplete(text: string): ApiError {
  return new ApiError('IncompleteSignatureException', text);
}
