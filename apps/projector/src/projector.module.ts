import { type DynamicModule, Module } from '@nestjs/common';
import { createDataSource, Projector } from '@stowage/read-model';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import type { ProjectorConfig } from './config';
import { DATA_SOURCE, Projection } from './shell/projection';

/** The projector's parts. */
@Module({})
export class ProjectorModule {
  static of(config: ProjectorConfig): DynamicModule {
    const dataSource = {
      provide: DATA_SOURCE,
      useFactory: () =>
        createDataSource({
          url: config.databaseUrl,
          applicationName: 'stowage-projector',
          timeoutMs: config.projectionTimeoutMs,
          // One for the batch under way, one beside it while the schema is made.
          poolSize: 2,
        }),
    };
    const projector = {
      provide: Projector,
      inject: [RUNTIME, DATA_SOURCE],
      useFactory: ({ journal, fold, logger }: Runtime, source: ReturnType<typeof createDataSource>) =>
        new Projector({ journal, fold, dataSource: source, logger, options: optionsOf(config) }),
    };
    return { module: ProjectorModule, providers: [dataSource, projector, Projection] };
  }
}

function optionsOf(config: ProjectorConfig): ConstructorParameters<typeof Projector>[0]['options'] {
  return {
    batchEventsMax: config.projectionBatchEventsMax,
    bufferEventsMax: config.projectionBufferEventsMax,
    retryMs: config.projectionRetryMs,
    retryMaxMs: config.projectionRetryMaxMs,
    refusedRetryMs: config.projectionRefusedRetryMs,
  };
}
