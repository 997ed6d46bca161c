import { ApiError, ERROR_TABLE } from '../errors';
import type { SupportedOperation } from '../model/operation';
import type { QueryProtocol, Service } from '../services';
import { encodeXmlError, encodeXmlResponse } from './xml-encoder';

/** An answer that is ready to be sent. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = 'application/x-amz-json-1.1';
const XML_TYPE = 'text/xml';
/** Of errors in requests that name no service. */
const FAULT_NAMESPACE = 'http://webservices.amazon.com/AWSFault/2005-15-09';

/** 200 with the operation's output, in its service's protocol (ecs-api 3.1, 3.3). */
export function successAnswer(
  { protocol }: Service,
  operation: SupportedOperation,
  output: object,
  requestId: string,
): HttpAnswer {
  if (protocol.kind === 'json') return answer(200, JSON_TYPE, JSON.stringify(output), requestId);
  const shape = protocol.outputs[operation.name];
  if (!shape) throw new ApiError('InternalFailure', `${operation.name} has no modelled output.`);
  return answer(200, XML_TYPE, encodeXmlResponse(protocol, operation.name, { shape, output, requestId }), requestId);
}

/** The error as its protocol writes it: AWS JSON by its name, Query by its code. */
export function errorAnswer(
  protocol: Service['protocol'] | 'json' | 'query',
  error: ApiError,
  requestId: string,
): HttpAnswer {
  const kind = typeof protocol === 'string' ? protocol : protocol.kind;
  const namespace = typeof protocol === 'object' && protocol.kind === 'query' ? protocol.namespace : FAULT_NAMESPACE;
  const { status, headers, body } =
    kind === 'json' ? jsonError(error, requestId) : queryError({ namespace }, error, requestId);
  const retryAfter = error.retryAfterSeconds;
  return {
    status,
    headers: { ...headers, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) },
    body,
  };
}

function jsonError(error: ApiError, requestId: string): HttpAnswer {
  const { code, message, resourceIds } = error;
  const body = JSON.stringify({ __type: code, message, ...(resourceIds && { resourceIds }) });
  const { status, headers } = answer(error.status ?? ERROR_TABLE[code].status, JSON_TYPE, body, requestId);
  return { status, headers: { ...headers, 'x-amzn-errortype': code }, body };
}

function queryError({ namespace }: Pick<QueryProtocol, 'namespace'>, error: ApiError, requestId: string): HttpAnswer {
  const { query, status: modelled } = ERROR_TABLE[error.code];
  const status = error.status ?? query?.status ?? modelled;
  // The model's `error.code` is the exception's name without its ending.
  const code = query?.code ?? error.code.replace(/Exception$/, '');
  const type = status >= 500 ? 'Receiver' : 'Sender';
  const body = encodeXmlError({ namespace }, { type, code, message: error.message, requestId });
  return answer(status, XML_TYPE, body, requestId);
}

function answer(status: number, type: string, body: string, requestId: string): HttpAnswer {
  return { status, headers: { 'content-type': type, 'x-amzn-requestid': requestId }, body };
}
