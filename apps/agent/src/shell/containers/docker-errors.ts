import { errorText } from '@stowage/concurrency';
import { EngineError, type EngineErrorKind } from './container-engine';

/** A status other than success, with Docker's message. */
export class DockerAnswer extends Error {
  override readonly name = 'DockerAnswer';

  constructor(
    readonly status: number,
    body: string,
    location?: string,
  ) {
    super(location === undefined ? sentence(body) : `no such object (redirected to ${location})`);
  }
}

const NO_CONNECTION = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ENOTCONN', 'EACCES', 'ETIMEDOUT', 'EAGAIN', 'EMFILE'],
  'ERR_STREAM_PREMATURE_CLOSE',
]);
const ABORTED = new Set(['AbortError', 'TimeoutError']);
/** HTTP status of the start of a running container, or of the stop of a stopped one. */
const NOTHING_TO_DO = 304;
/** Docker's messages while it or containerd shuts down. Docker sends them with status 500, and a retry helps. */
const GOING_AWAY =
  /transport is closing|context canceled|shutting down|is shut down|ttrpc: closed|dial unix .*containerd\.sock/i;

/** Resolves with the response, or rejects with an {@link EngineError}. */
export async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw engineError(error);
  }
}

/** Yields the items of a stream of Docker, and throws its failures as engine errors. */
export async function* translatingStream(stream: AsyncIterable<unknown>): AsyncGenerator {
  try {
    yield* stream;
  } catch (error) {
    throw engineError(error);
  }
}

/** Does the same as {@link translated}, but treats HTTP 304 (nothing to do) as success. */
export async function unlessDone(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof DockerAnswer && error.status === NOTHING_TO_DO) return;
    throw engineError(error);
  }
}

export function isMissing(error: unknown): boolean {
  return engineError(error).kind === 'missing';
}

function engineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof DockerAnswer) {
    return new EngineError(kindOfStatus(error), `Error response from daemon: ${error.message}`);
  }
  return new EngineError(kindOf(error), errorText(error));
}

function kindOfStatus({ status, message }: DockerAnswer): EngineErrorKind {
  if (status === 409) return 'conflict';
  if (status === 404) return 'missing';
  return status >= 500 && GOING_AWAY.test(message) ? 'unreachable' : 'refused';
}

function kindOf(error: unknown): EngineErrorKind {
  if (!(error instanceof Error)) return 'refused';
  if (ABORTED.has(error.name)) return 'timeout';
  return 'code' in error && typeof error.code === 'string' && NO_CONNECTION.has(error.code) ? 'unreachable' : 'refused';
}

/** Docker responds with `{"message": "..."}`. The response of a proxy in front of it may have any format. */
function sentence(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return (typeof message === 'string' ? message : body).trim();
  } catch {
    return body.trim();
  }
}
