import type { Seat } from './index/seat';

/** Instances that a strategy finds equal: a piece of a cell. */
export interface Run {
  readonly seats: readonly Seat[];
  readonly from: number;
  readonly to: number;
}

/** Which instances a scheduler prefers among equals, so that several of them hardly ever meet. */
export interface Share {
  readonly at: number;
  readonly of: number;
}

export const WHOLE: Share = { at: 0, of: 1 };

/** Among so few every one is looked at, and none preferred: a share of them would pile tasks up on one or two. */
const FEW = 16;
/** Draws for each scheduler that shares the instances, before all of them are looked at in a row. */
const DRAWS_PER_SHARE = 8;
const DRAWS_MAX = 64;

/**
 * One of the equals that passes, each as likely; of many, one of the scheduler's own share when chance finds one. With room it looks
 * at a few, however many there are. The same runs and salt give the same instance, whatever was looked at before.
 */
export function pick(
  runs: readonly Run[],
  passes: (seat: Seat) => boolean,
  chance: { readonly salt: number; readonly share: Share },
): Seat | undefined {
  const { salt, share } = chance;
  const count = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  if (count <= FEW) return pickOfFew(runs, passes, salt);
  let other: Seat | undefined;
  for (let draw = 0; draw < Math.min(DRAWS_PER_SHARE * share.of, DRAWS_MAX); draw += 1) {
    const seat = seatAt(runs, mixed(salt, draw) % count);
    if (!seat || !passes(seat)) continue;
    if (seat.share % share.of === share.at) return seat;
    other ??= seat;
  }
  return other ?? firstFrom(runs, { start: mixed(salt, -1) % count, count }, passes);
}

function pickOfFew(runs: readonly Run[], passes: (seat: Seat) => boolean, salt: number): Seat | undefined {
  const passing: Seat[] = [];
  for (const { seats, from, to } of runs) {
    for (let at = from; at < to; at += 1) {
      const seat = seats[at];
      if (seat && passes(seat)) passing.push(seat);
    }
  }
  return passing[mixed(salt, 0) % passing.length];
}

/** The first that passes, from `start` on to the end and on from the beginning. */
function firstFrom(
  runs: readonly Run[],
  { start, count }: { readonly start: number; readonly count: number },
  passes: (seat: Seat) => boolean,
): Seat | undefined {
  for (let at = 0; at < count; at += 1) {
    const seat = seatAt(runs, (start + at) % count);
    if (seat && passes(seat)) return seat;
  }
  return undefined;
}

function seatAt(runs: readonly Run[], position: number): Seat | undefined {
  let rest = position;
  for (const { seats, from, to } of runs) {
    if (rest < to - from) return seats[from + rest];
    rest -= to - from;
  }
  return undefined;
}

/** A number from 0 to 2^32 - 1 that follows from both (the finaliser of MurmurHash3). */
function mixed(salt: number, draw: number): number {
  let hash = (salt + Math.imul(draw + 1, 0x9e3779b9)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
