import { type RunningApp, type Runtime, startOwner } from '@stowage/runtime';
import type { SchedulerConfig } from './config';
import { SchedulerModule } from './scheduler.module';

/** Starts a scheduler on `runtime`. Any number of them may work at the same time. */
export function startScheduler(runtime: Runtime, config: SchedulerConfig): Promise<RunningApp> {
  return startOwner(runtime, 'scheduler', SchedulerModule, config);
}
