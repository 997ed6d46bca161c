import { type DynamicModule, Module } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import type { SchedulerConfig } from './config';
import { OperationsController } from './shell/operations.controller';
import { TaskStarter } from './shell/task-starter';

/** The scheduler's parts. */
@Module({})
export class SchedulerModule {
  static of(config: SchedulerConfig): DynamicModule {
    const starter = {
      provide: TaskStarter,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => new TaskStarter(runtime, config),
    };
    return { module: SchedulerModule, controllers: [OperationsController], providers: [starter] };
  }
}
