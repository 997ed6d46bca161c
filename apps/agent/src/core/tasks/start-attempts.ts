import { type TaskId, taskId } from '@stowage/domain';
import type { Failure } from '../containers/facts';

/** Number of consecutive crashes of the agent during the start of a task after which the task has failed. */
export const DEATHS_MAX = 3;
/** Number of tasks whose crashes are stored. The oldest entries are dropped first. */
const REMEMBERED_MAX = 1_000;

/** The starts that are in progress, and for each task the number of crashes of the agent that interrupted its start. */
export interface StartAttempts {
  readonly starting: ReadonlySet<TaskId>;
  readonly deaths: ReadonlyMap<TaskId, number>;
}

export const NO_ATTEMPTS: StartAttempts = { starting: new Set(), deaths: new Map() };

export function startBegan({ starting, deaths }: StartAttempts, task: TaskId): StartAttempts {
  return { starting: new Set([...starting, task]), deaths };
}

/** Called when the task runs or is stopped. The task did not cause the earlier crashes. */
export function startEnded({ starting, deaths }: StartAttempts, task: TaskId): StartAttempts {
  return {
    starting: new Set([...starting].filter((each) => each !== task)),
    deaths: new Map([...deaths].filter(([each]) => each !== task)),
  };
}

/** Called at an orderly shutdown of the agent. The starts that are in progress are not counted as interrupted. */
export function agentEnded({ deaths }: StartAttempts): StartAttempts {
  return { starting: new Set(), deaths };
}

/** Returns the attempts at the start of an agent process. A crash interrupted each start that is still stored. */
export function agentBegan({ starting, deaths }: StartAttempts): StartAttempts {
  const counted = new Map(deaths);
  for (const task of starting) counted.set(task, (counted.get(task) ?? 0) + 1);
  return { starting: new Set(), deaths: new Map([...counted].slice(-REMEMBERED_MAX)) };
}

/** Returns true if a crash of the agent interrupted the start of the task. */
export function isSuspect({ deaths }: StartAttempts, task: TaskId): boolean {
  return deaths.has(task);
}

/** Returns the reason not to start the task again, or undefined if it may start. */
export function startFailure({ deaths }: StartAttempts, task: TaskId): Failure | undefined {
  if ((deaths.get(task) ?? 0) < DEATHS_MAX) return undefined;
  const message = `the agent ended unexpectedly ${String(DEATHS_MAX)} times while it started this task`;
  return { error: 'ResourceInitializationError', message };
}

/** The format in which the attempts are stored. */
interface StoredAttempts {
  readonly version: 1;
  readonly starting: readonly string[];
  readonly deaths: readonly (readonly [string, number])[];
}

export function attemptsDocument({ starting, deaths }: StartAttempts): StoredAttempts {
  return { version: 1, starting: [...starting], deaths: [...deaths] };
}

/** Reads stored attempts. A document in another format contains no attempts. */
export function readAttempts(document: unknown): StartAttempts {
  const { version, starting, deaths } = (document ?? {}) as Partial<StoredAttempts>;
  if (version !== 1 || !starting || !deaths) return NO_ATTEMPTS;
  return {
    starting: new Set(starting.map(taskId)),
    deaths: new Map(deaths.map(([task, count]) => [taskId(task), count])),
  };
}
