import { type DynamicModule, Module } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import type { SchedulerConfig } from './config';
import { OperationsController } from './shell/operations.controller';
import { PlacementLanes } from './shell/placement-lanes';
import { ServiceTaskStarter } from './shell/service-task-starter';
import { TaskStarter } from './shell/task-starter';

/** The scheduler's parts. */
@Module({})
export class SchedulerModule {
  static of(config: SchedulerConfig): DynamicModule {
    // The lanes are common to all who place: what one of them writes to is busy for the others.
    const lanes = {
      provide: PlacementLanes,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => new PlacementLanes(runtime, config),
    };
    const inject = [RUNTIME, PlacementLanes];
    const tasks = {
      provide: TaskStarter,
      inject,
      useFactory: (runtime: Runtime, shared: PlacementLanes) => new TaskStarter(runtime, shared),
    };
    const serviceTasks = {
      provide: ServiceTaskStarter,
      inject,
      useFactory: (runtime: Runtime, shared: PlacementLanes) => new ServiceTaskStarter(runtime, shared),
    };
    return {
      module: SchedulerModule,
      controllers: [OperationsController],
      providers: [lanes, tasks, serviceTasks],
    };
  }
}
