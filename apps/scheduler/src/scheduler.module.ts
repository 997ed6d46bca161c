import { type DynamicModule, Module } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import type { SchedulerConfig } from './config';
import { OperationsController } from './shell/operations.controller';
import { RUNNING_BUILD } from './shell/build';
import { PlacementExplainer } from './shell/placement-explainer';
import { PlacementQueues } from './shell/placement-queues';
import { PlacementPeers } from './shell/placement-peers';
import { ServiceTaskStarter } from './shell/service-task-starter';
import { TaskStarter } from './shell/task-starter';

/** The scheduler's parts. */
@Module({})
export class SchedulerModule {
  static of(config: SchedulerConfig): DynamicModule {
    // The queues are common to all who place: each decision counts on those before it.
    const queues = {
      provide: PlacementQueues,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => {
        const self = { scheduler: uuidv7(), build: RUNNING_BUILD };
        return new PlacementQueues(runtime, config, new PlacementPeers(runtime, self));
      },
    };
    const inject = [RUNTIME, PlacementQueues];
    const tasks = {
      provide: TaskStarter,
      inject,
      useFactory: (runtime: Runtime, shared: PlacementQueues) => new TaskStarter(runtime, shared),
    };
    const serviceTasks = {
      provide: ServiceTaskStarter,
      inject,
      useFactory: (runtime: Runtime, shared: PlacementQueues) => new ServiceTaskStarter(runtime, shared),
    };
    const explainer = {
      provide: PlacementExplainer,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => new PlacementExplainer(runtime, config, RUNNING_BUILD),
    };
    return {
      module: SchedulerModule,
      controllers: [OperationsController],
      providers: [queues, tasks, serviceTasks, explainer],
    };
  }
}
