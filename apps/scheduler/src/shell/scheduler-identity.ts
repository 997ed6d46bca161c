import { uuidv7 } from 'uuidv7';
import { RUNNING_BUILD } from './build';

/** Identifies a scheduler process and the code that it runs. Every decision in the journal carries both. */
export interface SchedulerIdentity {
  readonly scheduler: string;
  readonly build: string;
}

/** Injects the {@link SchedulerIdentity} of this process. */
export const SCHEDULER_IDENTITY = Symbol('SchedulerIdentity');

/** Creates the identity of a scheduler that starts now. */
export const newSchedulerIdentity = (): SchedulerIdentity => ({ scheduler: uuidv7(), build: RUNNING_BUILD });
