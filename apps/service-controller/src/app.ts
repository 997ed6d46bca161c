import { type RunningApp, type Runtime, startOwner } from '@stowage/runtime';
import type { ServiceControllerConfig } from './config';
import { ServiceControllerModule } from './service-controller.module';

/** Starts a service controller on `runtime`. Any number of replicas may run concurrently. */
export function startServiceController(runtime: Runtime, config: ServiceControllerConfig): Promise<RunningApp> {
  return startOwner(runtime, 'service-controller', ServiceControllerModule, config);
}
