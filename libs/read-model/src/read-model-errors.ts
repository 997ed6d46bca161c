/** Postgres could not be reached or did not answer in time. The gateway answers with 503 `ServerException`. */
export class ReadModelUnavailable extends Error {
  override readonly name = 'ReadModelUnavailable';
}

/**
 * The rows did not reach the requested position within the time limit. The gateway answers with 503, never with stale
 * data.
 */
export class ReadModelLagging extends Error {
  override readonly name = 'ReadModelLagging';
}

/**
 * The rows belong to another journal, contain more events than this journal, or were made by a newer version. They must
 * not be read or written. An operator must run `stowage rebuild`.
 */
export class CheckpointRefused extends Error {
  override readonly name = 'CheckpointRefused';
}

// SQLSTATE classes and codes of temporary failures: connection (08), resources (53), operator (57), system (58),
// corrupted or recovering (XX). A missing table (42P01) has not been created by the projector yet.
const UNAVAILABLE_CLASSES = ['08', '53', '57', '58', 'XX'];
const UNAVAILABLE_CODES = ['42P01', '3D000', '25006', '28P01', '28000', '55P03', '40001', '40P01'];
const SYSTEM_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];
// Messages of errors that node-postgres throws without a code.
const MESSAGES = [/^Connection terminated/, /timeout/i, /not queryable/, /^Client was closed/, /^Cannot use a pool/];

/** Returns true if an error of the driver means that Postgres is unavailable and a later attempt may succeed. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ReadModelUnavailable) return true;
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return MESSAGES.some((message) => message.test(error.message));
  return (
    SYSTEM_CODES.includes(code) || UNAVAILABLE_CODES.includes(code) || UNAVAILABLE_CLASSES.includes(code.slice(0, 2))
  );
}
