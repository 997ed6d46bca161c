import type { RunningApp, Runtime } from '@stowage/runtime';
import { mkdirSync } from 'node:fs';
import { Configuration } from './configuration';
import type { DataPlaneConfig } from './config';
import { DataPlaneLoop } from './data-plane-loop';
import { Haproxy } from './haproxy';
import { haproxyPlaces, HaproxyProcess } from './haproxy-process';
import { MasterSocket } from './master-socket';

export { DataPlaneConfig } from './config';

/** Less than a process has to end. */
const END_TIMEOUT_MS = 7_000;

/**
 * Runs HAProxy, if this registrar has one, or takes over the one that runs. Closing leaves it running, unless the
 * configuration says otherwise.
 */
export function startDataPlane(runtime: Runtime, config: DataPlaneConfig): RunningApp {
  const { haproxyProgram } = config;
  if (haproxyProgram === undefined) return { close: () => Promise.resolve() };
  mkdirSync(config.certificatesDir, { recursive: true, mode: 0o700 });
  const places = haproxyPlaces(config.haproxyDir);
  const process = new HaproxyProcess(haproxyProgram, places, config.haproxyProcess);
  const configuration = new Configuration(process, places, config);
  const haproxy = new Haproxy(
    process,
    new MasterSocket(places.socket, config.dataPlaneAnswerMs),
    configuration,
    config,
  );
  const loop = new DataPlaneLoop(runtime, { configuration, haproxy }, config);
  loop.start();
  return {
    close: async () => {
      await loop.stop();
      if (config.haproxyEndsWithRegistrar) await process.end(END_TIMEOUT_MS);
    },
  };
}
