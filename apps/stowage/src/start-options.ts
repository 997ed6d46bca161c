import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ClearFailure } from './clear-failure';
import { DEFAULT_PORT, PORTS_OF_A_STOWAGE } from './core/addresses';
import { INSTANCES_MAX } from './core/instance-plan';
import { wholeNumber } from './whole-number';

const PORT_MAX = 65_535 - (PORTS_OF_A_STOWAGE - 1);

export interface StartOptions {
  /** Of the API; NATS has the next one, Postgres the one after. */
  readonly port: number;
  /** Where the API and NATS listen. */
  readonly host: string;
  /** Absolute. */
  readonly data: string;
  readonly instances: number;
}

/** Options of `npm start`. Undefined: help was asked for, and given. @throws ClearFailure they cannot be understood. */
export function parseStartOptions(argv: readonly string[], defaultData: string): StartOptions | undefined {
  const command = new Command('npm start --')
    .description('Runs a whole Stowage on this machine, until it is stopped with Ctrl-C; task containers go on then.')
    .option(
      '--port <number>',
      'of the API; NATS gets the next one, Postgres the one after',
      wholeNumber(1, PORT_MAX),
      DEFAULT_PORT,
    )
    .option('--host <address>', 'where the API and NATS listen; beyond loopback, NATS with TLS', '127.0.0.1')
    .option('--data <folder>', 'where everything is kept', defaultData)
    .option('--instances <number>', 'container instances that share this machine', wholeNumber(1, INSTANCES_MAX), 1)
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => undefined })
    .exitOverride();
  try {
    const { port, host, data, instances } = command
      .parse(argv, { from: 'user' })
      .opts<{ port: number; host: string; data: string; instances: number }>();
    return { port, host, data: resolve(data), instances };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new ClearFailure(error.message);
  }
}
