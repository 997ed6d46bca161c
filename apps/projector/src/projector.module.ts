import { Module } from '@nestjs/common';
import { createDataSource, Projector } from '@stowage/read-model';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { ProjectorConfig } from './config';
import { DATA_SOURCE, Projection } from './shell/projection';

/** Two connections: one for the batch in progress, and one while the schema is created. */
const POOL_SIZE = 2;

const dataSource = {
  provide: DATA_SOURCE,
  inject: [ProjectorConfig],
  useFactory: (config: ProjectorConfig) =>
    createDataSource({
      url: config.databaseUrl,
      applicationName: 'stowage-projector',
      timeoutMs: config.projectionTimeoutMs,
      poolSize: POOL_SIZE,
    }),
};

const projector = {
  provide: Projector,
  inject: [RUNTIME, ProjectorConfig, DATA_SOURCE],
  useFactory: (runtime: Runtime, config: ProjectorConfig, source: ReturnType<typeof createDataSource>) =>
    new Projector({
      journal: runtime.journal,
      fold: runtime.fold,
      dataSource: source,
      logger: runtime.logger,
      options: {
        batchEventsMax: config.projectionBatchEventsMax,
        bufferEventsMax: config.projectionBufferEventsMax,
        retryMs: config.projectionRetryMs,
        retryMaxMs: config.projectionRetryMaxMs,
        refusedRetryMs: config.projectionRefusedRetryMs,
      },
    }),
};

/** The module of the projector. */
@Module({ providers: [dataSource, projector, Projection] })
export class ProjectorModule {}
