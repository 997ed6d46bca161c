import type { SupportedOperation } from '../model/operation';
import { ECS, type Service, SERVICES } from '../services';
import { headerOf, type SignedRequest } from '../sigv4/signed-request';
import { checkInput } from '../validation/check-input';
import { absentOperation, absentVersion, shown, unnamedOperation } from './absent';
import { decodeJson } from './json-decoder';
import { decodeQuery } from './query-parameters';

/** Protocol of a request and its response. The default is JSON, which ECS uses. */
export function protocolOf(request: Pick<SignedRequest, 'headers' | 'query'>): 'json' | 'query' {
  if (request.headers['x-amz-target'] !== undefined) return 'json';
  const type = request.headers['content-type'];
  const isForm = typeof type === 'string' && /^application\/x-www-form-urlencoded\b/i.test(type);
  return isForm || request.query.has('Action') ? 'query' : 'json';
}

/**
 * Returns the service of a request: by its target's prefix or its version, else by its signature, else ECS. The service
 * may not implement the operation.
 */
export function serviceOf(request: SignedRequest, signedFor: string): Service {
  return findService(request, signedFor) ?? candidates(request)[0] ?? ECS;
}

/** Like {@link serviceOf}, or undefined if the request names none of Stowage's services. */
export function findService(request: SignedRequest, signedFor: string): Service | undefined {
  const named = candidates(request).find(({ protocol }) =>
    protocol.kind === 'json'
      ? targetOf(request)?.prefix === protocol.targetPrefix
      : parametersOf(request).get('Version') === protocol.version,
  );
  return named ?? candidates(request).find(({ signingName }) => signingName === signedFor);
}

const candidates = (request: SignedRequest): readonly Service[] =>
  SERVICES.filter(({ protocol }) => protocol.kind === protocolOf(request));

/**
 * Returns the operation of a request. @throws ApiError UnknownOperationException that contains the operation's name, or
 * the reason if the request does not name one.
 */
export function operationOf(request: SignedRequest, service: Service): SupportedOperation {
  const name = operationName(request, service);
  const operation = service.operations.get(name);
  if (operation?.owner === undefined) throw absentOperation(service, name);
  return operation;
}

/** Returns the operation's checked input. @throws ApiError that names the invalid member. */
export function inputOf(request: SignedRequest, operation: SupportedOperation): object {
  const input =
    protocolOf(request) === 'json'
      ? decodeJson(operation.input, request.body)
      : decodeQuery(operation.input, parametersOf(request));
  checkInput(operation, input);
  return input;
}

function operationName(request: SignedRequest, { protocol, signingName }: Service): string {
  if (protocol.kind === 'query') {
    const parameters = parametersOf(request);
    const [action, version] = [parameters.get('Action'), parameters.get('Version')];
    if (!action) throw unnamedOperation("the request has no parameter 'Action'.");
    if (version === protocol.version) return action;
    throw absentVersion(signingName, { provided: protocol.version, asked: version ?? '' });
  }
  const target = targetOf(request);
  if (target?.prefix === protocol.targetPrefix) return target.operation;
  const expected = `the header X-Amz-Target must be '${protocol.targetPrefix}.' and the name of an operation`;
  throw unnamedOperation(`${expected}, not '${shown(headerOf(request, 'x-amz-target') ?? '')}'.`);
}

function targetOf(request: SignedRequest): { readonly prefix: string; readonly operation: string } | undefined {
  const parts = headerOf(request, 'x-amz-target')?.split('.') ?? [];
  const [prefix, operation] = parts;
  return parts.length === 2 && prefix && operation ? { prefix, operation } : undefined;
}

/** Returns the parameters of a Query request, from the body of a POST or the URL of a GET. */
function parametersOf(request: SignedRequest): URLSearchParams {
  return request.method === 'GET' ? request.query : new URLSearchParams(request.body.toString('utf8'));
}
