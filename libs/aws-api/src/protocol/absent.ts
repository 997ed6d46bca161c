import { ApiError } from '../errors';
import { type Service, SERVICES } from '../services';
import type { SignedRequest } from '../sigv4/signed-request';
import { signingServiceOf } from '../sigv4/signing-service';

const PROVIDED: ReadonlySet<string> = new Set(SERVICES.map(({ signingName }) => signingName));
/** Length in characters up to which an error repeats a client's text. */
const NAME_LENGTH_MAX = 128;

/**
 * Rejects a request that is signed for an AWS service that Stowage does not provide. It runs before the check of the
 * signature, because an error about the signature would mislead clients. @throws ApiError
 */
export function checkServiceIsProvided(request: SignedRequest): void {
  const service = signingServiceOf(request);
  if (service === undefined || PROVIDED.has(service)) return;
  throw unknown(`Stowage does not provide the AWS service '${shown(service)}'.`);
}

/** Returns the error for an operation that the AWS service has or lacks, and Stowage does not implement. */
export function absentOperation({ actionPrefix }: Service, operation: string): ApiError {
  return unknown(`Stowage does not implement ${actionPrefix}:${shown(operation)}.`);
}

/** Returns the error for an AWS Query request of another API version, such as that of Classic Load Balancers. */
export function absentVersion(
  signingName: string,
  versions: { readonly provided: string; readonly asked: string },
): ApiError {
  const { provided, asked } = versions;
  return unknown(
    `Stowage provides version ${provided} of the AWS service '${signingName}', not version '${shown(asked)}'.`,
  );
}

/** Returns the error for a request that does not name an operation as its protocol requires. */
export function unnamedOperation(reason: string): ApiError {
  return unknown(`The requested operation is not recognized: ${reason}`);
}

export const shown = (name: string): string => name.slice(0, NAME_LENGTH_MAX);

const unknown = (message: string): ApiError => new ApiError('UnknownOperationException', message);
