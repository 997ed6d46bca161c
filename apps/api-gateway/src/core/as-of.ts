import { type EpochMs, invalidParameter } from '@stowage/domain';
import { parseSequence, parseTime } from './journal-position';

/** A moment of the past: the last position at or before a sequence, or before a time. */
export type AsOf = { readonly sequence: number } | { readonly time: EpochMs };

/**
 * Parses the value of `x-stowage-as-of`.
 * @throws Refusal if it is neither a sequence nor a time, or if it is in the future.
 */
export function parseAsOf(text: string, now: EpochMs): AsOf {
  const sequence = parseSequence(text);
  if (sequence !== undefined) return { sequence };
  const time = parseTime(text);
  if (time === undefined) {
    throw invalidParameter('x-stowage-as-of: must be a sequence, or a time as in 2026-11-22T09:30:00Z.');
  }
  if (time > now) throw invalidParameter('x-stowage-as-of: must not be in the future.');
  return { time };
}
