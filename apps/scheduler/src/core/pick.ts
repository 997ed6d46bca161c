import type { InstanceSlot } from './index/instance-slot';

/** A range of a bucket whose instances the strategy ranks equal. */
export interface Range {
  readonly slots: readonly InstanceSlot[];
  readonly from: number;
  readonly to: number;
}

/** The share of the instances that a scheduler prefers among equals, so that several schedulers rarely conflict. */
export interface Share {
  readonly at: number;
  readonly of: number;
}

export const WHOLE: Share = { at: 0, of: 1 };

/**
 * With at most this many candidates, all are checked and none is preferred. A share of them would pile tasks up on one
 * or two.
 */
const FEW = 16;
/** Random draws per scheduler that shares the instances, before all candidates are checked one by one. */
const DRAWS_PER_SHARE = 8;
const DRAWS_MAX = 64;

/**
 * Returns a candidate that passes, each with the same probability. Among many candidates it prefers one of the
 * scheduler's own share. It checks only a few candidates if most of them pass. The same ranges and salt give the same
 * instance, independent of earlier calls.
 */
export function pick(
  ranges: readonly Range[],
  passes: (slot: InstanceSlot) => boolean,
  chance: { readonly salt: number; readonly share: Share },
): InstanceSlot | undefined {
  const { salt, share } = chance;
  const count = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if (count <= FEW) return pickOfFew(ranges, passes, salt);
  let other: InstanceSlot | undefined;
  for (let draw = 0; draw < Math.min(DRAWS_PER_SHARE * share.of, DRAWS_MAX); draw += 1) {
    const slot = slotAt(ranges, mixed(salt, draw) % count);
    if (!slot || !passes(slot)) continue;
    if (slot.share % share.of === share.at) return slot;
    other ??= slot;
  }
  return other ?? firstFrom(ranges, { start: mixed(salt, -1) % count, count }, passes);
}

function pickOfFew(
  ranges: readonly Range[],
  passes: (slot: InstanceSlot) => boolean,
  salt: number,
): InstanceSlot | undefined {
  const passing: InstanceSlot[] = [];
  for (const { slots, from, to } of ranges) {
    for (let at = from; at < to; at += 1) {
      const slot = slots[at];
      if (slot && passes(slot)) passing.push(slot);
    }
  }
  return passing[mixed(salt, 0) % passing.length];
}

/** Returns the first candidate that passes, from `start` to the end and then from the beginning. */
function firstFrom(
  ranges: readonly Range[],
  { start, count }: { readonly start: number; readonly count: number },
  passes: (slot: InstanceSlot) => boolean,
): InstanceSlot | undefined {
  for (let at = 0; at < count; at += 1) {
    const slot = slotAt(ranges, (start + at) % count);
    if (slot && passes(slot)) return slot;
  }
  return undefined;
}

function slotAt(ranges: readonly Range[], position: number): InstanceSlot | undefined {
  let rest = position;
  for (const { slots, from, to } of ranges) {
    if (rest < to - from) return slots[from + rest];
    rest -= to - from;
  }
  return undefined;
}

/** Returns a whole number from 0 to 2^32 - 1 that depends on both arguments (the finaliser of MurmurHash3). */
function mixed(salt: number, draw: number): number {
  let hash = (salt + Math.imul(draw + 1, 0x9e3779b9)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
