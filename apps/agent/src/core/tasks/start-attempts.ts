import { type TaskId, taskId } from '@stowage/domain';
import type { Failure } from '../containers/facts';

/** A task whose start was interrupted by this many deaths of the agent in a row has failed. */
export const DEATHS_MAX = 3;
/** Number of tasks whose deaths are remembered; the oldest are forgotten first. */
const REMEMBERED_MAX = 1_000;

/** The starts that the agent works on, and for each task the number of deaths of the agent that interrupted its start. */
export interface StartAttempts {
  readonly starting: ReadonlySet<TaskId>;
  readonly deaths: ReadonlyMap<TaskId, number>;
}

export const NO_ATTEMPTS: StartAttempts = { starting: new Set(), deaths: new Map() };

export function startBegan({ starting, deaths }: StartAttempts, task: TaskId): StartAttempts {
  return { starting: new Set([...starting, task]), deaths };
}

/** The task runs or is stopped: earlier deaths were not its fault. */
export function startEnded({ starting, deaths }: StartAttempts, task: TaskId): StartAttempts {
  return {
    starting: new Set([...starting].filter((each) => each !== task)),
    deaths: new Map([...deaths].filter(([each]) => each !== task)),
  };
}

/** The agent ended in order: the starts that it leaves behind count for nothing. */
export function agentEnded({ deaths }: StartAttempts): StartAttempts {
  return { starting: new Set(), deaths };
}

/** The attempts at the beginning of an agent process. A start that is still on record was interrupted by a death. */
export function agentBegan({ starting, deaths }: StartAttempts): StartAttempts {
  const counted = new Map(deaths);
  for (const task of starting) counted.set(task, (counted.get(task) ?? 0) + 1);
  return { starting: new Set(), deaths: new Map([...counted].slice(-REMEMBERED_MAX)) };
}

/** Returns whether a death of the agent interrupted the start of the task. */
export function isSuspect({ deaths }: StartAttempts, task: TaskId): boolean {
  return deaths.has(task);
}

/** Returns the reason not to start the task again, or undefined if it may start. */
export function startFailure({ deaths }: StartAttempts, task: TaskId): Failure | undefined {
  if ((deaths.get(task) ?? 0) < DEATHS_MAX) return undefined;
  const message = `the agent ended unexpectedly ${String(DEATHS_MAX)} times while it started this task`;
  return { error: 'ResourceInitializationError', message };
}

/** The form in which the attempts are stored. */
interface StoredAttempts {
  readonly version: 1;
  readonly starting: readonly string[];
  readonly deaths: readonly (readonly [string, number])[];
}

export function attemptsDocument({ starting, deaths }: StartAttempts): StoredAttempts {
  return { version: 1, starting: [...starting], deaths: [...deaths] };
}

/** A document that this version did not write holds no attempts. */
export function readAttempts(document: unknown): StartAttempts {
  const { version, starting, deaths } = (document ?? {}) as Partial<StoredAttempts>;
  if (version !== 1 || !starting || !deaths) return NO_ATTEMPTS;
  return {
    starting: new Set(starting.map(taskId)),
    deaths: new Map(deaths.map(([task, count]) => [taskId(task), count])),
  };
}
