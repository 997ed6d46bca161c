import { type DynamicModule, Module } from '@nestjs/common';
import type { Assembly } from './assemble';
import { ContainerEngine } from './shell/container-engine';
import { MetadataController } from './shell/metadata.controller';
import { MetadataTokens } from './shell/metadata-tokens';
import { TaskRunners } from './shell/task-runners';

/** The agent's own HTTP server, for the containers of its instance. */
@Module({ controllers: [MetadataController] })
export class AgentModule {
  static of({ runners, tokens }: Assembly, engine: ContainerEngine): DynamicModule {
    return {
      module: AgentModule,
      providers: [
        { provide: TaskRunners, useValue: runners },
        { provide: MetadataTokens, useValue: tokens },
        { provide: ContainerEngine, useValue: engine },
      ],
    };
  }
}
