import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ReadModel } from '@stowage/read-model';
import {
  type Authority,
  createAuthority,
  EventReaderService,
  JoinService,
  RUNTIME,
  type Runtime,
  SecretSealer,
} from '@stowage/runtime';
import { GatewayConfig } from '../config';

/** The authority of the deployment; undefined if this gateway has no folder for it. */
const AUTHORITY = Symbol('Authority');

const sealer = {
  provide: SecretSealer,
  inject: [GatewayConfig],
  useFactory: (config: GatewayConfig) =>
    SecretSealer.withKeyFile(config.secretKeyFile ?? join(config.dataDir, 'secret.key')),
};

const readModel = {
  provide: ReadModel,
  inject: [RUNTIME, GatewayConfig],
  useFactory: (runtime: Runtime, config: GatewayConfig) =>
    new ReadModel({
      url: config.databaseUrl,
      applicationName: 'stowage-api-gateway',
      poolSize: config.databasePoolSize,
      journal: runtime.journal.id,
      logger: runtime.logger,
      now: runtime.now,
    }),
};

const authority = {
  provide: AUTHORITY,
  inject: [GatewayConfig],
  useFactory: ({ authorityDir }: GatewayConfig) =>
    authorityDir === undefined ? undefined : createAuthority(authorityDir),
};

/** Accepts machines that join; undefined without an authority. */
const joinService = {
  provide: JoinService,
  inject: [RUNTIME, GatewayConfig, SecretSealer, AUTHORITY],
  useFactory: (runtime: Runtime, config: GatewayConfig, secrets: SecretSealer, signer: Authority | undefined) =>
    signer && new JoinService(runtime, { authority: signer, sealer: secrets, ...natsOf(config) }),
};

/** Issues credentials with which programs read events from NATS; undefined without an authority. */
const eventReaderService = {
  provide: EventReaderService,
  inject: [RUNTIME, GatewayConfig, AUTHORITY],
  useFactory: (runtime: Runtime, config: GatewayConfig, signer: Authority | undefined) =>
    signer &&
    new EventReaderService(runtime, {
      authority: signer,
      readersMax: config.natsEventReadersMax,
      idleMs: config.natsEventReaderIdleMs,
      ...natsOf(config),
    }),
};

function natsOf({ agentNatsUrls: natsUrls, natsCaFile: caFile }: GatewayConfig): {
  readonly natsUrls: readonly string[];
  readonly caFile?: string;
} {
  return { natsUrls, ...(caFile !== undefined && { caFile }) };
}

/** Closes the connections to Postgres when the last request has been answered. */
@Injectable()
export class ReadModelLifetime implements OnApplicationShutdown {
  constructor(private readonly model: ReadModel) {}

  onApplicationShutdown(): Promise<void> {
    return this.model.close();
  }
}

/** Providers from libraries that do not depend on Nest, created from the configuration. */
export const GATEWAY_PARTS = [sealer, readModel, ReadModelLifetime, authority, joinService, eventReaderService];
