import { type EpochMs, invalidParameter } from '@stowage/domain';
import { parseSequence, parseTime } from './points-of-the-journal';

/** A moment of the past: the last position at or before a sequence, or before a time. */
export type AsOf = { readonly sequence: number } | { readonly time: EpochMs };

/** @throws Refusal of what is no moment, or lies in the future. */
export function parseAsOf(text: string, now: EpochMs): AsOf {
  const sequence = parseSequence(text);
  if (sequence !== undefined) return { sequence };
  const time = parseTime(text);
  if (time === undefined) {
    throw invalidParameter('x-stowage-as-of: it is a sequence, or a time as in 2026-11-22T09:30:00Z.');
  }
  if (time > now) throw invalidParameter('x-stowage-as-of: nobody knows the future.');
  return { time };
}
