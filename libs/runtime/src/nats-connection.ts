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
  /** Shown by NATS for this connection. */
  readonly name: string;
  readonly credsFile?: string;
  readonly caFile?: string;
  /** Of the subjects on which answers come; agents may only listen under their own. */
  readonly inboxPrefix?: string;
  readonly reconnectMs: number;
  /** How long the first connection is tried. */
  readonly connectTimeoutMs: number;
}

/** NATS can't be reached or does not let us in; the message is a sentence for the operator. */
export class NatsUnreachable extends Error {
  override readonly name = 'NatsUnreachable';
}

/** Connects, and stays connected: after the first success it reconnects for ever. @throws NatsUnreachable */
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
        throw new NatsUnreachable(`NATS at ${where} can't be reached: ${why}.`);
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
    // An authority that restarts with its servers may refuse us for a moment.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(options.inboxPrefix && { inboxPrefix: options.inboxPrefix }),
    ...(options.credsFile && { authenticator: credsAuthenticator(readFileSync(options.credsFile)) }),
    ...(options.caFile && { tls: tlsOptions(options.caFile) }),
  };
}

/** Node's own options go through the client, which would otherwise ask for the name in the URL, or for none. */
function tlsOptions(caFile: string): TlsOptions & { readonly servername: string } {
  return { caFile, servername: NATS_TLS_NAME };
}

function isRefused(error: unknown): boolean {
  const refusals: readonly string[] = [ErrorCode.AuthorizationViolation, ErrorCode.AuthenticationExpired];
  return error instanceof NatsError && refusals.includes(error.code);
}

/** Its certificate is not of our authority, or not for a NATS server. */
function isUntrusted(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^ERR_TLS_CERT|^UNABLE_TO_|^SELF_SIGNED_|^DEPTH_ZERO_|^CERT_/.test(code);
}
