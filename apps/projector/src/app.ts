import { type DynamicModule, Module } from '@nestjs/common';
import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface';
import { NestFactory } from '@nestjs/core';
import { NestLogger, type RunningApp, type Runtime, RuntimeModule } from '@stowage/runtime';
import type { ProjectorConfig } from './config';
import { ProjectorModule } from './projector.module';

@Module({})
class ProjectorRootModule {}

/** Starts a projector on `runtime`. It starts without Postgres too, and waits for it; several side by side do no harm. */
export async function startProjector(runtime: Runtime, config: ProjectorConfig): Promise<RunningApp> {
  const imports = [RuntimeModule.of(runtime), ProjectorModule.of(config)];
  const root: DynamicModule = { module: ProjectorRootModule, imports };
  const options = Object.assign(new NestApplicationContextOptions(), {
    logger: new NestLogger(runtime.logger.child({ app: 'projector' })),
    abortOnError: false,
  });
  const app = await NestFactory.createApplicationContext(root, options);
  return { close: () => app.close() };
}
