import { errorText } from '@stowage/concurrency';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { UserError } from '../user-error';
import type { ClientEnvironment } from '../core/environment-file';

/** Client for Stowage's own operations. They share the endpoint and the signature version with ECS's. */
export interface StowageClient {
  /** @throws UserError if the gateway rejects the request or fails; StowageUnreachable if there is no response. */
  call(target: string, input: object): Promise<unknown>;
  /** Opens a streamed response. @throws as `call`. */
  stream(
    path: string,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response>;
}

/** There was no response. A caller that follows a stream may retry. */
export class StowageUnreachable extends UserError {}

/** The response is not from a Stowage gateway. */
export class NotStowage extends UserError {
  constructor() {
    super('The response is not from Stowage: check AWS_ENDPOINT_URL.');
  }
}

export const STOWAGE_TARGET = 'Stowage_20261122';
export const ECS_TARGET = 'AmazonEC2ContainerServiceV20141113';

/** Longer than the gateway holds a call. */
const CALL_TIMEOUT_MS = 30_000;

export function stowageClient(environment: ClientEnvironment): StowageClient {
  const endpoint = new URL(environment.AWS_ENDPOINT_URL);
  const signer = new SignatureV4({
    credentials: { accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY },
    region: environment.AWS_REGION,
    service: 'ecs',
    sha256: Sha256,
  });
  const whole = { protocol: endpoint.protocol, hostname: endpoint.hostname };
  return {
    call: async (target, input) => {
      const body = JSON.stringify(input);
      const headers = { host: endpoint.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
      const signed = await signer.sign({ ...whole, method: 'POST', path: '/', headers, body });
      const answer = await send(endpoint, { method: 'POST', headers: signed.headers, body }, CALL_TIMEOUT_MS);
      return answer.json().catch(() => undefined);
    },
    stream: async (path, query, headers) => {
      const unsigned = { ...whole, method: 'GET', path, query, headers: { host: endpoint.host } };
      const signed = await signer.sign(unsigned);
      const url = new URL(`${path}?${new URLSearchParams(query).toString()}`, endpoint);
      return send(url, { headers: { ...signed.headers, ...headers } });
    },
  };
}

/** @throws UserError with the error of the response; StowageUnreachable if there is no response. */
async function send(
  url: URL,
  {
    headers,
    ...request
  }: { readonly headers: Readonly<Record<string, string>>; readonly method?: string; readonly body?: string },
  timeoutMs?: number,
): Promise<Response> {
  // `host` is part of the signature. fetch sets it to the same value and does not accept it here.
  const { host: _host, ...others } = headers;
  const signal = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
  const answer = await fetch(url, { ...request, headers: others, signal }).catch((error: unknown) => {
    throw new StowageUnreachable(
      `Stowage does not respond at ${url.origin} (${causeText(error)}): check that it is running.`,
    );
  });
  if (answer.ok) return answer;
  const content: unknown = await answer.json().catch(() => undefined);
  throw new UserError(errorIn(content) ?? `Stowage answered with HTTP status ${String(answer.status)}.`);
}

function causeText(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return errorText(cause);
}

/** Reads AWS's error body: `__type`, which may have a prefix up to `#`, and a message. */
function errorIn(content: unknown): string | undefined {
  const { __type, message } = fieldsOf(content);
  if (typeof __type !== 'string') return undefined;
  const type = __type.split('#').at(-1) ?? '';
  return typeof message === 'string' ? `${type}: ${message}` : type;
}

/** Returns the members of a JSON object, or an object without members for any other value. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
