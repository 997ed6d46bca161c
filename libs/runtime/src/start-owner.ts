import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface';
import type { CustomStrategy } from '@nestjs/microservices';
import { NestFactory } from '@nestjs/core';
import { NestLogger } from './logging';
import { OwnerServer } from './owner-server';
import type { RunningApp, Runtime } from './runtime';
import { RuntimeModule } from './runtime-module';
import type { OwnerName } from './subjects';

@Module({})
class OwnerRootModule {}

/**
 * Starts a Nest microservice whose `@MessagePattern(operationSubject(owner, ...))` handlers are asked through
 * `askOwner`. The runtime's parts are injectable in `module`. When this resolves, NATS knows its subscriptions.
 */
export async function startOwner(
  runtime: Runtime,
  owner: OwnerName,
  module: Type<unknown> | DynamicModule,
): Promise<RunningApp> {
  const root: DynamicModule = { module: OwnerRootModule, imports: [RuntimeModule.of(runtime), module] };
  const options = Object.assign(new NestApplicationContextOptions(), {
    strategy: new OwnerServer(runtime.nats, owner),
    logger: new NestLogger(runtime.logger.child({ app: owner })),
    abortOnError: false,
  });
  const app = await NestFactory.createMicroservice<CustomStrategy>(root, options);
  await app.listen();
  await runtime.nats.flush();
  return { close: () => app.close() };
}
