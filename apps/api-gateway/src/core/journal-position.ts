import type { EpochMs } from '@stowage/domain';

const SEQUENCE = /^\d{1,15}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** A sequence as callers write it. */
export function parseSequence(text: string): number | undefined {
  return SEQUENCE.test(text) ? Number(text) : undefined;
}

/** A time of ISO 8601 with its zone; without one it would be the server's. */
export function parseTime(text: string): EpochMs | undefined {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
