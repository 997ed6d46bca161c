import { ApiError, ERROR_TABLE } from '../errors';
import type { SupportedOperation } from '../model/operation';
import type { Service } from '../services';
import { encodeCborError } from './cbor-error';
import type { ErrorFormat } from './error-format';
import { encodeXmlError, encodeXmlResponse, type XmlErrorFormat } from './xml-encoder';

/** A complete HTTP response. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const JSON_TYPE = 'application/x-amz-json-1.1';
const XML_TYPE = 'text/xml';

/** Returns 200 with the operation's output in its service's protocol (ecs-api 3.1, 3.3). */
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

/** Returns the error in its format. AWS JSON and CBOR use its name, the XML formats its code. */
export function errorAnswer(format: ErrorFormat, error: ApiError, requestId: string): HttpAnswer {
  const { status, headers, body } = formatted(format, error, requestId);
  const retryAfter = error.retryAfterSeconds;
  return {
    status,
    headers: { ...headers, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) },
    body,
  };
}

function formatted(format: ErrorFormat, error: ApiError, requestId: string): HttpAnswer {
  switch (format.kind) {
    case 'json':
      return jsonError(error, requestId);
    case 'cbor':
      return cborError(error, requestId);
    case 'query':
    case 'ec2':
    case 's3':
      return xmlError(format, error, requestId);
  }
}

function jsonError(error: ApiError, requestId: string): HttpAnswer {
  const { code, message, resourceIds } = error;
  const body = JSON.stringify({ __type: code, message, ...(resourceIds && { resourceIds }) });
  const { status, headers } = answer(error.status ?? ERROR_TABLE[code].status, JSON_TYPE, body, requestId);
  return { status, headers: { ...headers, 'x-amzn-errortype': code }, body };
}

function cborError({ code, message, status }: ApiError, requestId: string): HttpAnswer {
  const body = encodeCborError(code, message);
  const encoded = answer(status ?? ERROR_TABLE[code].status, 'application/cbor', body, requestId);
  return { ...encoded, headers: { ...encoded.headers, 'smithy-protocol': 'rpc-v2-cbor' } };
}

function xmlError(format: XmlErrorFormat, error: ApiError, requestId: string): HttpAnswer {
  const { query, s3, status: modelled } = ERROR_TABLE[error.code];
  const ofFormat = format.kind === 's3' && s3 ? s3 : query;
  const status = error.status ?? ofFormat?.status ?? modelled;
  // The model's `error.code` is the exception's name without its suffix.
  const code = ofFormat?.code ?? error.code.replace(/Exception$/, '');
  const type = status >= 500 ? 'Receiver' : 'Sender';
  const body = encodeXmlError(format, { type, code, message: error.message, requestId });
  return answer(status, XML_TYPE, body, requestId);
}

function answer(status: number, type: string, body: HttpAnswer['body'], requestId: string): HttpAnswer {
  return { status, headers: { 'content-type': type, 'x-amzn-requestid': requestId }, body };
}
