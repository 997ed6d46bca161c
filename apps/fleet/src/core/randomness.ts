import type { Random, TaskId } from '@stowage/domain';
import { seededRandom } from '@stowage/domain';
import type { FleetOptions, Range } from './fleet-options';

/** Returns a number of the range, all of which are equally likely. */
export function drawFrom(random: Random, { from, to }: Range): number {
  return from + random.below(to - from + 1);
}

/** Returns the randomness of one name. It does not depend on how often other names draw. */
export function randomOf(seed: number, name: string): Random {
  return seededRandom(seed * 2 ** 32 + hash(name));
}

/** Returns the FNV-1a hash of 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** The way in which a task ends unless it is stopped before. */
export type Ending =
  | { readonly kind: 'pull-fails' }
  | { readonly kind: 'exits'; readonly afterMs: number; readonly exitCode: number }
  | { readonly kind: 'runs' };

/** The simulated course of a task. It depends only on the seed and the task's id. */
export interface TaskCourse {
  readonly startMs: number;
  readonly stopMs: number;
  readonly ending: Ending;
}

/** Time within which a container that fails after its start does so. */
const EARLY_EXIT_MS = 2_000;

export function courseOf(options: FleetOptions, task: TaskId): TaskCourse {
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

/** The next outage of an instance: the delay before it, and its duration. */
export interface Outage {
  readonly afterMs: number;
  readonly lastsMs: number;
}

const MINUTE_MS = 60_000;

/**
 * Outages have a constant rate and do not depend on earlier ones, so that the intervals between them are exponential.
 */
export function nextOutage({ disconnectRate, disconnectMs }: FleetOptions, random: Random): Outage | undefined {
  if (disconnectRate <= 0) return undefined;
  const afterMs = Math.round((-Math.log(1 - random.next()) * MINUTE_MS) / disconnectRate);
  return { afterMs, lastsMs: drawFrom(random, disconnectMs) };
}
