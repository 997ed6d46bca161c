import type { AbstractHttpAdapter } from '@nestjs/core';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomStrategy } from '@nestjs/microservices';
import type { Logger } from 'pino';
import { appRoot, nestOptions } from './app-root';
import { OwnerServer } from './owner-server';
import type { RunningApp, Runtime } from './runtime';
import type { OwnerName } from './subjects';

/**
 * Starts a Nest microservice whose handlers, `@MessagePattern(operationSubject(owner, ...))`, callers reach through
 * {@link OwnersClient}. Resolves when NATS has received its subscriptions.
 */
export async function startOwner(
  runtime: Runtime,
  owner: OwnerName,
  module: Type<unknown>,
  config: object = {},
): Promise<RunningApp> {
  const strategy = new OwnerServer(runtime.nats, owner);
  const options = Object.assign(nestOptions(loggerOf(runtime, owner)), { strategy });
  const app = await NestFactory.createMicroservice<CustomStrategy>(appRoot(runtime, module, config), options);
  await app.listen();
  await runtime.nats.flush();
  return { close: () => app.close() };
}

/** Starts an app that serves no requests and works in the background. */
export async function startWorker(
  runtime: Runtime,
  name: string,
  module: Type<unknown>,
  config: object = {},
): Promise<RunningApp> {
  const options = nestOptions(loggerOf(runtime, name));
  const app = await NestFactory.createApplicationContext(appRoot(runtime, module, config), options);
  return { close: () => app.close() };
}

export interface HttpServerOptions {
  readonly adapter: AbstractHttpAdapter;
  readonly logger: Logger;
  /** True if Nest parses bodies; false if the adapter has parsers of its own. */
  readonly bodyParser?: boolean;
}

/** Creates a Nest HTTP application, which does not listen yet. */
export function createHttpApp<App extends INestApplication>(
  root: DynamicModule,
  { adapter, logger, bodyParser = true }: HttpServerOptions,
): Promise<App> {
  return NestFactory.create<App>(root, adapter, Object.assign(nestOptions(logger), { bodyParser }));
}

export const loggerOf = (runtime: Pick<Runtime, 'logger'>, app: string): Logger => runtime.logger.child({ app });
