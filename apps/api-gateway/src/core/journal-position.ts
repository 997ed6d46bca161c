import type { EpochMs } from '@stowage/domain';

const SEQUENCE = /^\d{1,15}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Parses a sequence. Returns undefined if the text is not a sequence. */
export function parseSequence(text: string): number | undefined {
  return SEQUENCE.test(text) ? Number(text) : undefined;
}

/**
 * Parses an ISO 8601 time. Returns undefined if it is not valid or has no zone, because it would depend on the server's
 * zone.
 */
export function parseTime(text: string): EpochMs | undefined {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
