import { headerOf, type SignedRequest } from './signed-request';

/**
 * Returns the signing name of the AWS service that a request claims in its Authorization header or in the query of a
 * presigned URL, or undefined without a credential scope. The claim is unverified.
 */
export function signingServiceOf(request: SignedRequest): string | undefined {
  const authorization = headerOf(request, 'authorization');
  const credential =
    authorization === undefined
      ? request.query.get('X-Amz-Credential')
      : /\bCredential=([^,\s]+)/.exec(authorization)?.[1];
  const parts = credential?.split('/') ?? [];
  return parts.at(-1) === 'aws4_request' ? parts.at(-2) : undefined;
}
