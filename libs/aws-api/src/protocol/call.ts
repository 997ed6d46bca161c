import type { SupportedOperation } from '../model/operation';
import { ECS, type Service, SERVICES } from '../services';
import { headerOf, type SignedRequest } from '../sigv4/signed-request';
import { checkInput } from '../validation/check-input';
import { absentOperation, absentVersion, shown, unnamedOperation } from './absent';
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
 * The operation that it names may still be absent.
 */
export function serviceOf(request: SignedRequest, signedFor: string): Service {
  return findService(request, signedFor) ?? candidates(request)[0] ?? ECS;
}

/** As {@link serviceOf}; undefined when the request names no service of ours. */
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

/** @throws ApiError UnknownOperationException that names the operation, or says why none was recognized. */
export function operationOf(request: SignedRequest, service: Service): SupportedOperation {
  const name = operationName(request, service);
  const operation = service.operations.get(name);
  if (operation?.owner === undefined) throw absentOperation(service, name);
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

/** Of a Query request: in the body of a POST, in the URL of a GET. */
function parametersOf(request: SignedRequest): URLSearchParams {
  return request.method === 'GET' ? request.query : new URLSearchParams(request.body.toString('utf8'));
}
