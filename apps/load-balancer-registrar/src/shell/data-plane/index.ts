import { mkdirSync } from 'node:fs';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy, Inject } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { Configuration } from './configuration';
import { DataPlaneConfig } from './config';
import { DataPlaneLoop } from './data-plane-loop';
import { Haproxy } from './haproxy';
import { haproxyPlaces, HaproxyProcess } from './haproxy-process';
import { MasterSocket } from './master-socket';

/** Less than the time that the supervisor gives a process to stop. */
const END_TIMEOUT_MS = 7_000;

/**
 * Runs HAProxy if this registrar has a program for it, or adopts the HAProxy that already runs. Closing leaves it
 * running, unless the configuration asks to stop it.
 */
@Injectable()
export class DataPlane implements OnApplicationBootstrap, OnModuleDestroy {
  private close: () => Promise<void> = () => Promise.resolve();
  private loop: DataPlaneLoop | undefined;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly config: DataPlaneConfig,
  ) {}

  /** Number of completed passes over HAProxy, including those that failed. */
  get passes(): number {
    return this.loop?.passes ?? 0;
  }

  onApplicationBootstrap(): void {
    const { config } = this;
    if (config.haproxyProgram === undefined) return;
    mkdirSync(config.certificatesDir, { recursive: true, mode: 0o700 });
    const places = haproxyPlaces(config.haproxyDir);
    const process = new HaproxyProcess(config.haproxyProgram, places, config.haproxyProcess);
    const configuration = new Configuration(process, places, config);
    const socket = new MasterSocket(places.socket, config.dataPlaneAnswerMs);
    const haproxy = new Haproxy(process, socket, configuration, config);
    const loop = new DataPlaneLoop(this.runtime, { configuration, haproxy }, config);
    this.loop = loop;
    loop.start();
    this.close = async () => {
      await loop.stop();
      if (config.haproxyEndsWithRegistrar) await process.end(END_TIMEOUT_MS);
    };
  }

  onModuleDestroy(): Promise<void> {
    return this.close();
  }
}
