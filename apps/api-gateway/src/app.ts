import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ReadModel } from '@stowage/read-model';
import { NestLogger, type RunningApp, type Runtime, RuntimeModule } from '@stowage/runtime';
import { ApiGatewayModule } from './api-gateway.module';
import type { GatewayConfig } from './config';
import { AccessKeys } from './shell/access-keys';
import { Authentication } from './shell/authentication';
import { ensureBootstrapKey } from './shell/bootstrap-key';
import { Dispatcher } from './shell/dispatcher';
import { EarlierRunTask } from './shell/earlier-run-task';
import { fastifyAdapter } from './shell/http/fastify-adapter';
import { Reads } from './shell/operations/reads';
import { ownOperations } from './shell/own-operations';
import type { SecretBox } from './shell/secret-box';

/** A gateway that listens. */
export interface RunningGateway extends RunningApp {
  /** `http://host:port` */
  readonly url: string;
}

@Module({})
class GatewayRootModule {}

/** Starts a gateway on `runtime`. Any number of them may work side by side. */
export async function startApiGateway(
  runtime: Runtime,
  config: GatewayConfig,
  secrets: SecretBox,
): Promise<RunningGateway> {
  const readModel = new ReadModel({
    url: config.databaseUrl,
    applicationName: 'stowage-api-gateway',
    poolSize: config.databasePoolSize,
    journal: runtime.journal.id,
    logger: runtime.logger,
    now: runtime.now,
  });
  const keys = new AccessKeys(runtime.fold, (sealed) => secrets.open(sealed));
  const closeParts = async (): Promise<void> => {
    keys.close();
    await readModel.close();
  };
  try {
    await ensureBootstrapKey(runtime, keys, config, (secret) => secrets.seal(secret));
    const app = await listening(runtime, config, dispatcherOf(runtime, readModel, keys, config));
    return {
      url: await app.getUrl(),
      close: async () => {
        await app.close();
        await closeParts();
      },
    };
  } catch (error) {
    await closeParts();
    throw error;
  }
}

function dispatcherOf(runtime: Runtime, readModel: ReadModel, keys: AccessKeys, config: GatewayConfig): Dispatcher {
  return new Dispatcher({
    runtime,
    authentication: new Authentication(runtime, keys, config.readTimeoutMs),
    own: ownOperations(runtime, new Reads(readModel, config.readTimeoutMs), config),
    earlier: new EarlierRunTask(runtime, readModel, {
      retentionMs: config.clientTokenMs,
      timeoutMs: config.clientTokenLookupMs,
    }),
    commandTimeoutMs: config.commandTimeoutMs,
  });
}

async function listening(
  runtime: Runtime,
  config: GatewayConfig,
  dispatcher: Dispatcher,
): Promise<NestFastifyApplication> {
  const root: DynamicModule = {
    module: GatewayRootModule,
    imports: [RuntimeModule.of(runtime), ApiGatewayModule.of(dispatcher)],
  };
  const options = Object.assign(new NestApplicationContextOptions(), {
    logger: new NestLogger(runtime.logger.child({ app: 'api-gateway' })),
    abortOnError: false,
    bodyParser: false,
  });
  const app = await NestFactory.create<NestFastifyApplication>(root, fastifyAdapter(config), options);
  try {
    await app.listen(config.httpPort, config.httpHost);
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
