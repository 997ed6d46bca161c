import { ApiError } from '../errors';
import type { SupportedOperation } from '../model/operation';
import { ECS, type Service, SERVICES } from '../services';
import { headerOf, type SignedRequest } from '../sigv4/signed-request';
import { checkInput } from '../validation/check-input';
import { decodeJson } from './json-decoder';
import { decodeQuery } from './query-parameters';

/** How a request wants to be understood and answered. JSON when it says nothing: that is what ECS speaks. */
export function protocolOf(request: Pick<SignedRequest, 'headers' | 'query'>): 'json' | 'query' {
  if (request.headers['x-amz-target'] !== undefined) return 'json';
  const type = request.headers['content-type'];
  const isForm = typeof type === 'string' && /^application\/x-www-form-urlencoded\b/i.test(type);
  return isForm || request.query.has('Action') ? 'query' : 'json';
}

/**
 * The service that a request is for: by its target's prefix or its version, else by what it is signed for, else ECS.
 * What it asks of it may still be nothing that the service has.
 */
export function serviceOf(request: SignedRequest, signedFor: string): Service {
  const kind = protocolOf(request);
  const candidates = SERVICES.filter(({ protocol }) => protocol.kind === kind);
  const named = candidates.find(({ protocol }) =>
    protocol.kind === 'json'
      ? targetOf(request)?.prefix === protocol.targetPrefix
      : parametersOf(request).get('Version') === protocol.version,
  );
  return named ?? candidates.find(({ signingName }) => signingName === signedFor) ?? candidates[0] ?? ECS;
}

/** @throws ApiError UnknownOperationException, or UnsupportedFeatureException for what only AWS has so far. */
export function operationOf(request: SignedRequest, service: Service): SupportedOperation {
  const name = operationName(request, service);
  const operation = name === undefined ? undefined : service.operations.get(name);
  if (!operation) {
    throw new ApiError(
      'UnknownOperationException',
      'The requested operation is not recognized by the service: its name or its version is wrong.',
    );
  }
  if (operation.owner === undefined) {
    throw new ApiError('UnsupportedFeatureException', `${operation.name} is not available in this version of Stowage.`);
  }
  return operation;
}

/** The operation's input, checked. @throws ApiError that names the member that is wrong. */
export function inputOf(request: SignedRequest, operation: SupportedOperation): object {
  const input =
    protocolOf(request) === 'json'
      ? decodeJson(operation.input, request.body)
      : decodeQuery(operation.input, parametersOf(request));
  checkInput(operation, input);
  return input;
}

function operationName(request: SignedRequest, { protocol }: Service): string | undefined {
  if (protocol.kind === 'query') {
    const parameters = parametersOf(request);
    return parameters.get('Version') === protocol.version ? (parameters.get('Action') ?? undefined) : undefined;
  }
  const target = targetOf(request);
  return target?.prefix === protocol.targetPrefix ? target.operation : undefined;
}

function targetOf(request: SignedRequest): { readonly prefix: string; readonly operation: string } | undefined {
  const parts = headerOf(request, 'x-amz-target')?.split('.') ?? [];
  const [prefix, operation] = parts;
  return parts.length === 2 && prefix && operation ? { prefix, operation } : undefined;
}

/** Of a Query request: in the body of a POST, in the URL of a GET. */
function parametersOf(request: SignedRequest): URLSearchParams {
  return request.method === 'GET' ? request.query : new URLSearchParams(request.body.toString('utf8'));
}
