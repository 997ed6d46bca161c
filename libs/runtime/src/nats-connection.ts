import { readFileSync } from 'node:fs';
import { errorText } from '@stowage/concurrency';
import { NATS_TLS_NAME } from './authority/certificates';
import {
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  ErrorCode,
  NatsError,
  type NatsConnection,
  type TlsOptions,
} from 'nats';

export interface NatsOptions {
  readonly servers: readonly string[];
  /** Name that NATS shows for this connection. */
  readonly name: string;
  readonly credsFile?: string;
  readonly caFile?: string;
  /** Prefix of the subjects on which answers arrive. Agents may only subscribe to their own. */
  readonly inboxPrefix?: string;
  readonly reconnectMs: number;
  /** Time for which the first connection is attempted. */
  readonly connectTimeoutMs: number;
}

/** NATS cannot be reached or rejects the credentials. The message is a sentence for the operator. */
export class NatsUnreachable extends Error {
  override readonly name = 'NatsUnreachable';
}

/**
 * Connects to NATS. After the first success the connection is restored without a time limit.
 * @throws NatsUnreachable if the first connection fails.
 */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const deadline = Date.now() + options.connectTimeoutMs;
  const where = options.servers.join(', ');
  for (;;) {
    try {
      return await connect(connectionOptions(options));
    } catch (error) {
      if (isRefused(error)) throw new NatsUnreachable(`NATS at ${where} does not accept our credentials.`);
      if (isUntrusted(error)) throw new NatsUnreachable(`NATS at ${where} is not this deployment's: ${error.message}.`);
      if (Date.now() + options.reconnectMs >= deadline) {
        const why = errorText(error);
        throw new NatsUnreachable(`NATS at ${where} cannot be reached: ${why}.`);
      }
      await new Promise((resolve) => setTimeout(resolve, options.reconnectMs));
    }
  }
}

function connectionOptions(options: NatsOptions): ConnectionOptions {
  return {
    servers: [...options.servers],
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: options.reconnectMs,
    reconnectJitter: options.reconnectMs,
    // NATS servers that restart may reject valid credentials for a moment.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(options.inboxPrefix && { inboxPrefix: options.inboxPrefix }),
    ...(options.credsFile && { authenticator: credsAuthenticator(readFileSync(options.credsFile)) }),
    ...(options.caFile && { tls: tlsOptions(options.caFile) }),
  };
}

/**
 * Sets Node's own TLS options, which the client passes on. By default the client would verify the name in the URL, or
 * none.
 */
function tlsOptions(caFile: string): TlsOptions & { readonly servername: string } {
  return { caFile, servername: NATS_TLS_NAME };
}

function isRefused(error: unknown): boolean {
  const refusals: readonly string[] = [ErrorCode.AuthorizationViolation, ErrorCode.AuthenticationExpired];
  return error instanceof NatsError && refusals.includes(error.code);
}

/** Returns true if the certificate is not signed by our authority, or not issued for a NATS server. */
function isUntrusted(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^ERR_TLS_CERT|^UNABLE_TO_|^SELF_SIGNED_|^DEPTH_ZERO_|^CERT_/.test(code);
}
