import type { Random, TaskId } from '@stowage/domain';
import { seededRandom } from '@stowage/domain';
import type { FleetOptions, Range } from './fleet-options';

/** A number of a range, each as likely. */
export function drawFrom(random: Random, { from, to }: Range): number {
  return from + random.below(to - from + 1);
}

/** Randomness that belongs to one name: what others draw, and when, does not change it. */
export function randomOf(seed: number, name: string): Random {
  return seededRandom(seed * 2 ** 32 + hash(name));
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** How a task will end, unless it is stopped before. */
export type Ending =
  | { readonly kind: 'pull-fails' }
  | { readonly kind: 'exits'; readonly afterMs: number; readonly exitCode: number }
  | { readonly kind: 'runs' };

/** What will become of a task: a matter of the seed and the task's id alone. */
export interface Fate {
  readonly startMs: number;
  readonly stopMs: number;
  readonly ending: Ending;
}

/** A container that fails after its start does so within this time. */
const EARLY_EXIT_MS = 2_000;

export function fateOf(options: FleetOptions, task: TaskId): Fate {
  const random = randomOf(options.seed, task);
  const startMs = drawFrom(random, options.startMs);
  const stopMs = drawFrom(random, options.stopMs);
  return { startMs, stopMs, ending: endingOf(options, random) };
}

function endingOf({ failRate, runMs }: FleetOptions, random: Random): Ending {
  if (random.next() < failRate) {
    if (random.next() < 0.5) return { kind: 'pull-fails' };
    return { kind: 'exits', afterMs: random.below(EARLY_EXIT_MS), exitCode: 1 };
  }
  return runMs ? { kind: 'exits', afterMs: drawFrom(random, runMs), exitCode: 0 } : { kind: 'runs' };
}

/** The next time that an instance is cut off: after how long, and for how long. */
export interface Outage {
  readonly afterMs: number;
  readonly lastsMs: number;
}

const MINUTE_MS = 60_000;

/** Outages come at the rate asked for, whenever the last one was: their distances are exponential. */
export function nextOutage({ disconnectRate, disconnectMs }: FleetOptions, random: Random): Outage | undefined {
  if (disconnectRate <= 0) return undefined;
  const afterMs = Math.round((-Math.log(1 - random.next()) * MINUTE_MS) / disconnectRate);
  return { afterMs, lastsMs: drawFrom(random, disconnectMs) };
}
