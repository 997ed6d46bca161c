import { type DynamicModule, Module } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import type { ClusterManagerConfig } from './config';
import { AttributesController } from './shell/operations/attributes.controller';
import { ClustersController } from './shell/operations/clusters.controller';
import { ContainerInstancesController } from './shell/operations/container-instances.controller';
import { Operations } from './shell/operations/operations';
import { TagsController } from './shell/operations/tags.controller';
import { TaskDefinitionsController } from './shell/operations/task-definitions.controller';
import { TasksController } from './shell/operations/tasks.controller';
import { TaskDefinitionDeletions } from './shell/task-definition-deletions';

/** The cluster manager's parts, but for its conversation with agents (`shell/agents`). */
@Module({})
export class ClusterManagerModule {
  static of(config: ClusterManagerConfig): DynamicModule {
    const operations = {
      provide: Operations,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => new Operations(runtime, config.foldTimeoutMs),
    };
    const deletions = {
      provide: TaskDefinitionDeletions,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => new TaskDefinitionDeletions(runtime, config),
    };
    return {
      module: ClusterManagerModule,
      controllers: [
        AttributesController,
        ClustersController,
        ContainerInstancesController,
        TagsController,
        TaskDefinitionsController,
        TasksController,
      ],
      providers: [operations, deletions],
    };
  }
}
