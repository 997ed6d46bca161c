import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  ConfigurationError,
  connectNats,
  readConfig,
  type RunningApp,
  RuntimeConfig,
  runProcess,
} from '@stowage/runtime';
import { readCommandLine } from './command-line';
import { summaryLine } from './core/fleet-stats';
import { startFleet } from './fleet';

/** Where `npm start` leaves what its services were started with, their NATS credentials among it. */
const SETTINGS_FILE = join('secrets', 'control-plane.json');
const RECONNECT_MS = 250;
const CONNECT_TIMEOUT_MS = 10_000;

async function main(): Promise<RunningApp> {
  const command = readCommandLine(process.argv.slice(2), resolve('.stowage'));
  const settings = settingsOf(command.data);
  const nats = await connectNats({
    servers: settings.natsUrls,
    name: 'fleet',
    reconnectMs: RECONNECT_MS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    ...(settings.natsCredsFile && { credsFile: settings.natsCredsFile }),
    ...(settings.natsCaFile && { caFile: settings.natsCaFile }),
  });
  const began = performance.now();
  const fleet = await startFleet(nats, command.options);
  let before = { stats: fleet.stats(), at: began };
  const say = (): void => {
    const now = { stats: fleet.stats(), at: performance.now() };
    const line = summaryLine(now.stats, before.stats, (now.at - before.at) / 1_000);
    process.stdout.write(`${((now.at - began) / 1_000).toFixed(1).padStart(7)} s | ${line}\n`);
    before = now;
  };
  say();
  const refused = fleet.stats().refused;
  if (refused === command.options.instances) {
    await nats.close();
    throw new Error(`Cluster ${command.options.cluster} takes none of these instances: is it there?`);
  }
  const timer = setInterval(say, command.everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      fleet.close();
      await nats.close();
    },
  };
}

/** @throws ConfigurationError no Stowage was started on that folder. */
function settingsOf(data: string): RuntimeConfig {
  const file = join(data, SETTINGS_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError(`${data} is not the data folder of a running Stowage: npm start makes one.`);
  }
  return readConfig(RuntimeConfig, JSON.parse(text) as Record<string, string>);
}

void runProcess('fleet', main);
