import { type DynamicModule, Module } from '@nestjs/common';
import type { AgentParts, Assembly } from './assemble';
import { ContainerEngine } from './shell/containers/container-engine';
import { ControlPlane } from './shell/control-plane/control-plane';
import { MetadataController } from './shell/tasks/metadata.controller';
import { MetadataTokens } from './shell/tasks/metadata-tokens';
import { TaskProtectionController } from './shell/tasks/task-protection.controller';
import { TaskRunners } from './shell/tasks/task-runners';

/** The agent's own HTTP server, which serves the containers of its instance. */
@Module({ controllers: [MetadataController, TaskProtectionController] })
export class AgentModule {
  static of(
    { runners, tokens }: Assembly,
    { engine, controlPlane }: Pick<AgentParts, 'engine' | 'controlPlane'>,
  ): DynamicModule {
    return {
      module: AgentModule,
      providers: [
        { provide: TaskRunners, useValue: runners },
        { provide: MetadataTokens, useValue: tokens },
        { provide: ContainerEngine, useValue: engine },
        { provide: ControlPlane, useValue: controlPlane },
      ],
    };
  }
}
