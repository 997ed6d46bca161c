import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { ClearFailure } from '../clear-failure';
import type { ClientEnvironment } from '../core/environment-file';

/** One operation of Stowage's own, beside ECS's on the same endpoint and signed the same way. */
export interface StowageClient {
  /** @throws ClearFailure the gateway refused or faulted; StowageUnreachable nothing answered. */
  call(target: string, input: object): Promise<unknown>;
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
  return {
    call: async (target, input) => {
      const signed = await signer.sign({
        method: 'POST',
        protocol: endpoint.protocol,
        hostname: endpoint.hostname,
        path: '/',
        headers: { host: endpoint.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
        body: JSON.stringify(input),
      });
      return send(endpoint, signed.headers, JSON.stringify(input));
    },
  };
}

async function send(endpoint: URL, headers: Readonly<Record<string, string>>, body: string): Promise<unknown> {
  // `host` is signed, and fetch sets it by itself to the same value.
  const { host: _host, ...others } = headers;
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: others,
    body,
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new StowageUnreachable(`Nothing answers at ${endpoint.href} (${reasonOf(error)}): is Stowage running?`);
  });
  const content: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return content;
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
