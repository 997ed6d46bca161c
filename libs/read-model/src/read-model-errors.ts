/** Postgres could not be reached or did not answer in time; the gateway answers 503 `ServerException`. */
export class ReadModelUnavailable extends Error {
  override readonly name = 'ReadModelUnavailable';
}

/** The rows did not get as far as asked within the bound; answered as 503 too, never with stale data. */
export class ReadModelLagging extends Error {
  override readonly name = 'ReadModelLagging';
}

/**
 * The rows sum up another journal, or more than this journal holds, or were made by newer code: nothing may be read from
 * them or written to them. An operator decides; `stowage rebuild` makes them anew.
 */
export class CheckpointRefused extends Error {
  override readonly name = 'CheckpointRefused';
}

// SQLSTATE classes and codes that say "not now" and not "wrong statement": connection (08), resources (53), operator (57),
// system (58), corrupted or recovering; a table that is missing is one that the projector has not made yet.
const UNAVAILABLE_CLASSES = ['08', '53', '57', '58', 'XX'];
const UNAVAILABLE_CODES = ['42P01', '3D000', '25006', '28P01', '28000', '55P03', '40001', '40P01'];
const SYSTEM_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];
// What node-postgres throws without a code.
const MESSAGES = [/^Connection terminated/, /timeout/i, /not queryable/, /^Client was closed/, /^Cannot use a pool/];

/** Whether a failure of the driver means that Postgres is away, and trying again later may help. */
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
