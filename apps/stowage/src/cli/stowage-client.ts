import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { ClearFailure } from '../clear-failure';
import type { ClientEnvironment } from '../core/environment-file';

/** One operation of Stowage's own, beside ECS's on the same endpoint and signed the same way. */
export interface StowageClient {
  /** @throws ClearFailure the gateway refused or faulted; StowageUnreachable nothing answered. */
  call(target: string, input: object): Promise<unknown>;
  /** Opens an answer that goes on. @throws as `call`. */
  stream(
    path: string,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response>;
}

/** Nothing answered: a caller that follows something may try again. */
export class StowageUnreachable extends ClearFailure {}

/** What answered is not a gateway of Stowage. */
export class NotStowage extends ClearFailure {
  constructor() {
    super('The answer is not one of Stowage: is AWS_ENDPOINT_URL right?');
  }
}

export const STOWAGE_TARGET = 'Stowage_20261122';
export const ECS_TARGET = 'AmazonEC2ContainerServiceV20141113';

/** Longer than the gateway ever lets a call wait. */
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

/** @throws ClearFailure with what was refused, StowageUnreachable. */
async function send(
  url: URL,
  {
    headers,
    ...request
  }: { readonly headers: Readonly<Record<string, string>>; readonly method?: string; readonly body?: string },
  timeoutMs?: number,
): Promise<Response> {
  // `host` is signed, and fetch sets it by itself to the same value.
  const { host: _host, ...others } = headers;
  const signal = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
  const answer = await fetch(url, { ...request, headers: others, signal }).catch((error: unknown) => {
    throw new StowageUnreachable(`Nothing answers at ${url.origin} (${reasonOf(error)}): is Stowage running?`);
  });
  if (answer.ok) return answer;
  const content: unknown = await answer.json().catch(() => undefined);
  throw new ClearFailure(refusalIn(content) ?? `Stowage answered with HTTP status ${String(answer.status)}.`);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** AWS's error body: `__type` (behind a `#`, if there is one) and a message. */
function refusalIn(content: unknown): string | undefined {
  const { __type, message } = fieldsOf(content);
  if (typeof __type !== 'string') return undefined;
  const type = __type.split('#').at(-1) ?? '';
  return typeof message === 'string' ? `${type}: ${message}` : type;
}

/** The members of a JSON object; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
