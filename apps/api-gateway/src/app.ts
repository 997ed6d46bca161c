import { join } from 'node:path';
import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ReadModel } from '@stowage/read-model';
import {
  type Authority,
  createAuthority,
  EventReaderService,
  JoinService,
  NestLogger,
  type RunningApp,
  type Runtime,
  RuntimeModule,
  SecretSealer,
} from '@stowage/runtime';
import { ApiGatewayModule } from './api-gateway.module';
import type { GatewayConfig } from './config';
import { AccessKeys } from './shell/access-keys';
import { Authentication } from './shell/authentication';
import { ensureBootstrapKey } from './shell/bootstrap-key';
import { Dispatcher } from './shell/dispatcher';
import { EventReads } from './shell/events/event-reads';
import { DeduplicationLookup } from './shell/deduplication-lookup';
import { fastifyAdapter } from './shell/http/fastify-adapter';
import { JournalAbsence } from './shell/journal-absence';
import { PastReads } from './shell/past-reads';
import { Reads } from './shell/operations/reads';
import { ownOperations } from './shell/own-operations';

/** A gateway that listens. */
export interface RunningGateway extends RunningApp {
  /** `http://host:port` */
  readonly url: string;
}

@Module({})
class GatewayRootModule {}

/** Starts a gateway on `runtime`. Any number of them may work side by side. */
export async function startApiGateway(runtime: Runtime, config: GatewayConfig): Promise<RunningGateway> {
  const sealer = SecretSealer.withKeyFile(config.secretKeyFile ?? join(config.dataDir, 'secret.key'));
  const readModel = new ReadModel({
    url: config.databaseUrl,
    applicationName: 'stowage-api-gateway',
    poolSize: config.databasePoolSize,
    journal: runtime.journal.id,
    logger: runtime.logger,
    now: runtime.now,
  });
  const keys = new AccessKeys(runtime.fold, sealer);
  const absence = new JournalAbsence(runtime, config.journalAbsentMs);
  const closeParts = async (): Promise<void> => {
    keys.close();
    absence.close();
    await readModel.close();
  };
  try {
    keys.check();
    await ensureBootstrapKey(runtime, keys, config, sealer);
    const authority = config.authorityDir === undefined ? undefined : await createAuthority(config.authorityDir);
    const desk = authority && joinService(runtime, config, { authority, sealer });
    const readers = authority && eventReaderService(runtime, config, authority);
    const authentication = new Authentication(runtime, keys, config.readTimeoutMs);
    const dispatcher = dispatcherOf({ runtime, config, readModel, authentication, absence, desk, readers });
    const events = new EventReads({ runtime, config, authentication, keys });
    const app = await listening(runtime, config, ApiGatewayModule.of(dispatcher, events, desk));
    return {
      url: await app.getUrl(),
      close: async () => {
        // The streams first: the server waits until the last answer has ended.
        events.close();
        await app.close();
        await closeParts();
      },
    };
  } catch (error) {
    await closeParts();
    throw error;
  }
}

interface GatewayParts {
  readonly runtime: Runtime;
  readonly config: GatewayConfig;
  readonly readModel: ReadModel;
  readonly authentication: Authentication;
  readonly absence: JournalAbsence;
  readonly desk: JoinService | undefined;
  readonly readers: EventReaderService | undefined;
}

function dispatcherOf(parts: GatewayParts): Dispatcher {
  const { runtime, config, readModel, authentication, absence, desk, readers } = parts;
  const reads = new Reads(readModel, readModel.position, config.readTimeoutMs);
  return new Dispatcher({
    runtime,
    absence,
    authentication,
    own: ownOperations({ runtime, reads, config, desk, readers }),
    reads,
    past: new PastReads(runtime, readModel, config),
    recollection: new DeduplicationLookup(runtime, readModel, {
      retentionMs: config.clientTokenMs,
      timeoutMs: config.clientTokenLookupMs,
    }),
    readTimeoutMs: config.readTimeoutMs,
    commandTimeoutMs: config.commandTimeoutMs,
  });
}

/** Where machines join. */
function joinService(
  runtime: Runtime,
  { agentNatsUrls: natsUrls, natsCaFile }: GatewayConfig,
  keys: { readonly authority: Authority; readonly sealer: SecretSealer },
): JoinService {
  return new JoinService(runtime, { ...keys, natsUrls, ...(natsCaFile !== undefined && { caFile: natsCaFile }) });
}

/** Where programs get the right to read events from NATS. */
function eventReaderService(runtime: Runtime, config: GatewayConfig, authority: Authority): EventReaderService {
  const { agentNatsUrls: natsUrls, natsCaFile } = config;
  return new EventReaderService(runtime, {
    authority,
    natsUrls,
    readersMax: config.natsEventReadersMax,
    idleMs: config.natsEventReaderIdleMs,
    ...(natsCaFile !== undefined && { caFile: natsCaFile }),
  });
}

async function listening(
  runtime: Runtime,
  config: GatewayConfig,
  gateway: DynamicModule,
): Promise<NestFastifyApplication> {
  const root: DynamicModule = {
    module: GatewayRootModule,
    imports: [RuntimeModule.of(runtime), gateway],
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
