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
import { type FleetStats, summaryLine } from './core/fleet-stats';
import { type Fleet, startFleet } from './fleet';

/** File in which `npm start` stores the settings of its services, with their NATS credentials. */
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
  const watch = new Watch(command.everyMs);
  const fleet = await startFleet(nats, command.options, (begun) => watch.begin(begun));
  const close = async (): Promise<void> => {
    watch.end();
    fleet.close();
    await nats.close();
  };
  if (fleet.stats().refused < command.options.instances) return { close };
  await close();
  throw new Error(`Cluster ${command.options.cluster} rejected all of these instances; check that it exists.`);
}

/** Prints a line about the fleet at each interval. */
class Watch {
  private readonly began = performance.now();
  private before: { readonly stats: FleetStats; readonly at: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly everyMs: number) {}

  begin(fleet: Fleet): void {
    this.timer = setInterval(() => this.print(fleet.stats(), performance.now()), this.everyMs);
  }

  end(): void {
    clearInterval(this.timer);
  }

  private print(stats: FleetStats, at: number): void {
    const before = this.before ?? { stats, at: this.began };
    const line = summaryLine(stats, before.stats, (at - before.at) / 1_000);
    process.stdout.write(`${((at - this.began) / 1_000).toFixed(0).padStart(5)} s | ${line}\n`);
    this.before = { stats, at };
  }
}

/** @throws ConfigurationError if no Stowage was started on that folder. */
function settingsOf(data: string): RuntimeConfig {
  const file = join(data, SETTINGS_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError(
      `${data} is not the data folder of a running Stowage; run npm start first, or name another folder with --data.`,
    );
  }
  return readConfig(RuntimeConfig, JSON.parse(text) as Record<string, string>);
}

void runProcess('fleet', main);
