import { ApiError } from '../errors';
import { type Service, SERVICES } from '../services';
import type { SignedRequest } from '../sigv4/signed-request';
import { signingServiceOf } from '../sigv4/signing-service';

const PROVIDED: ReadonlySet<string> = new Set(SERVICES.map(({ signingName }) => signingName));
/** Names that a caller made up are repeated up to this length. */
const NAME_LENGTH_MAX = 128;

/**
 * Rejects a request that is signed for an AWS service that is absent here. Runs before the signature is checked: the
 * signature could only be wrong, and callers would search for the fault in their keys. @throws ApiError
 */
export function checkServiceIsProvided(request: SignedRequest): void {
  const service = signingServiceOf(request);
  if (service === undefined || PROVIDED.has(service)) return;
  throw unknown(`Stowage does not provide the AWS service '${shown(service)}'.`);
}

/** The error for an operation that the service has on AWS, or nowhere, and does not have here. */
export function absentOperation({ actionPrefix }: Service, operation: string): ApiError {
  return unknown(`Stowage does not implement ${actionPrefix}:${shown(operation)}.`);
}

/** The error for an AWS Query request of another API version, such as that of Classic Load Balancers. */
export function absentVersion(
  signingName: string,
  versions: { readonly provided: string; readonly asked: string },
): ApiError {
  const { provided, asked } = versions;
  return unknown(
    `Stowage provides version ${provided} of the AWS service '${signingName}', not version '${shown(asked)}'.`,
  );
}

/** The error for a request that names no operation in the way of its protocol. */
export function unnamedOperation(reason: string): ApiError {
  return unknown(`The requested operation is not recognized: ${reason}`);
}

export const shown = (name: string): string => name.slice(0, NAME_LENGTH_MAX);

const unknown = (message: string): ApiError => new ApiError('UnknownOperationException', message);
