import { Command, InvalidArgumentError, Option } from 'commander';
import { clusterName, INSTANCE_GPUS_MAX, NAME_PATTERN } from '@stowage/domain';
import { FLEET_DEFAULTS, type FleetOptions, INSTANCES_MAX, type Range } from './core/fleet-options';

/** The parsed command line of `npm run fleet`. */
export interface FleetCommand {
  readonly options: FleetOptions;
  /** Data folder of the Stowage to join, with its address and credentials. */
  readonly data: string;
  readonly everyMs: number;
}

const SEED_MAX = 2 ** 31;
const AMOUNT_MAX = 1_000_000_000;
const MS_MAX = 86_400_000;

/** Reads the options. Commander prints the help and the errors, and ends the process after them. */
export function readCommandLine(argv: readonly string[], defaultData: string): FleetCommand {
  const defaults = FLEET_DEFAULTS;
  const given = new Command('npm run fleet --')
    .description('Simulated container instances that use the protocol of the real agents with a running Stowage.')
    .option(
      '--instances <n>',
      `number of instances, at most ${String(INSTANCES_MAX)}`,
      whole(1, INSTANCES_MAX),
      defaults.instances,
    )
    .option('--cluster <name>', 'cluster of the instances; it must exist', cluster, defaults.cluster)
    .option('--seed <n>', 'seed of everything random in the fleet', whole(0, SEED_MAX), defaults.seed)
    .option('--cpu <units>', 'of each instance', whole(1, AMOUNT_MAX), defaults.cpu)
    .option('--memory <MiB>', 'of each instance', whole(1, AMOUNT_MAX), defaults.memory)
    .option('--gpus <n>', 'of each instance', whole(0, INSTANCE_GPUS_MAX), defaults.gpus)
    .addOption(ranged('--start-ms <a..b>', 'time that a task takes to start', defaults.startMs))
    .addOption(ranged('--stop-ms <a..b>', 'time that a task takes to stop', defaults.stopMs))
    .option('--run-ms <a..b>', 'time after which a task exits; without it, tasks do not exit', range)
    .option('--fail-rate <p>', 'fraction of the tasks that fail, 0 to 1', fraction, defaults.failRate)
    .option('--disconnect-rate <n>', 'disconnections of each instance per minute', rate, defaults.disconnectRate)
    .addOption(ranged('--disconnect-ms <a..b>', 'for how long', defaults.disconnectMs))
    .option('--heartbeat-ms <n>', 'interval of the heartbeats; without it, a third of the lease', whole(1, MS_MAX))
    .option('--every-ms <n>', 'interval between two lines of the summary', whole(1, MS_MAX), 1_000)
    .option('--data <folder>', 'data folder of the running Stowage', defaultData)
    .allowExcessArguments(false)
    .parse(argv, { from: 'user' })
    .opts<Omit<FleetOptions, 'zones'> & { readonly data: string; readonly everyMs: number }>();
  const { data, everyMs, ...options } = given;
  return { options: { ...defaults, ...options }, data, everyMs };
}

/** Returns an option whose default is shown in the form in which users write it. */
function ranged(flags: string, description: string, { from, to }: Range): Option {
  return new Option(flags, description).argParser(range).default({ from, to }, `${String(from)}..${String(to)}`);
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${String(least)} to ${String(most)}.`);
  };

function range(text: string): Range {
  const [from, to = from] = text.split('..').map(whole(0, MS_MAX));
  if (from !== undefined && to !== undefined && from <= to) return { from, to };
  throw new InvalidArgumentError('It must be two numbers of milliseconds, such as 200..2000.');
}

function fraction(text: string): number {
  const value = rate(text);
  if (value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

function rate(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number, 0 or more.');
}

function cluster(text: string): FleetOptions['cluster'] {
  if (NAME_PATTERN.test(text)) return clusterName(text);
  throw new InvalidArgumentError('It must be a cluster’s name.');
}
