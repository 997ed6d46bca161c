import { EngineError, type EngineErrorKind } from './container-engine';

/** What dockerode throws: Docker's HTTP status and words, or what Node said of the connection. */
interface DockerodeError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly json?: unknown;
}

const NO_CONNECTION = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ENOTCONN', 'EACCES', 'ETIMEDOUT']);
const ABORTED = new Set(['ABORT_ERR', 'ERR_CANCELED']);
/** Docker's words for "containerd or I am just going away": they come as 500, and asking again helps. */
const GOING_AWAY =
  /transport is closing|context canceled|shutting down|is shut down|ttrpc: closed|dial unix .*containerd\.sock/i;

/** The answer, or its failure as an {@link EngineError}. */
export async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw engineError(error);
  }
}

/** A stream of Docker's whose failures are engine errors. */
export async function* translatingStream(stream: AsyncIterable<unknown>): AsyncGenerator {
  try {
    yield* stream;
  } catch (error) {
    throw engineError(error);
  }
}

/** As {@link translated}; that there is nothing to do (HTTP 304) is no failure. */
export async function unlessDone(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof Error && (error as Error & DockerodeError).statusCode === 304) return;
    throw engineError(error);
  }
}

export function isMissing(error: unknown): boolean {
  return engineError(error).kind === 'missing';
}

function engineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (!(error instanceof Error)) return new EngineError('refused', String(error));
  const { statusCode, code, json } = error as Error & DockerodeError;
  const message = words(error, json);
  return new EngineError(kindOf(statusCode, code, error.name, message), message);
}

function kindOf(status: number | undefined, code: string | undefined, name: string, message: string): EngineErrorKind {
  if (name === 'AbortError' || name === 'TimeoutError' || (code && ABORTED.has(code))) return 'timeout';
  if (status === undefined)
    return code && !NO_CONNECTION.has(code) && !/aborted/.test(message) ? 'refused' : 'unreachable';
  if (status === 409) return 'conflict';
  if (status === 404) return 'missing';
  return status >= 500 && GOING_AWAY.test(message) ? 'unreachable' : 'refused';
}

/** Docker's own sentence, as its command line shows it. */
function words(error: Error, json: unknown): string {
  const message =
    typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string'
      ? json.message
      : error.message.replace(/^\(HTTP code \d+\) [a-z ]+ - /, '');
  const daemonSaid = /^\(HTTP code/.test(error.message);
  return daemonSaid ? `Error response from daemon: ${message.trim()}` : message.trim();
}
