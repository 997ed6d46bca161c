import { type RunningApp, type Runtime, startWorker } from '@stowage/runtime';
import type { ProjectorConfig } from './config';
import { ProjectorModule } from './projector.module';

/**
 * Starts a projector on `runtime`. It also starts without Postgres and waits for it. Several projectors may run at the
 * same time.
 */
export function startProjector(runtime: Runtime, config: ProjectorConfig): Promise<RunningApp> {
  return startWorker(runtime, 'projector', ProjectorModule, config);
}
