import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { UserError } from './user-error';
import { DEFAULT_PORT, PORTS_OF_A_STOWAGE } from './core/addresses';
import { INSTANCES_MAX } from './core/instance-plan';
import { wholeNumber } from './whole-number';

const PORT_MAX = 65_535 - (PORTS_OF_A_STOWAGE - 1);

export interface StartOptions {
  /** Port of the API. NATS uses the next port, and Postgres the one after. */
  readonly port: number;
  /** Address on which the API and NATS listen. */
  readonly host: string;
  /** Absolute path of the data folder. */
  readonly data: string;
  readonly instances: number;
}

/**
 * Parses the options of `npm start`. Returns undefined after printing the help. @throws UserError if an option is
 * not valid.
 */
export function parseStartOptions(argv: readonly string[], defaultData: string): StartOptions | undefined {
  const command = new Command('npm start --')
    .description('Runs a complete Stowage on this machine until Ctrl-C stops it; task containers keep running.')
    .option(
      '--port <number>',
      'port of the API; NATS uses the next one, Postgres the one after',
      wholeNumber(1, PORT_MAX),
      DEFAULT_PORT,
    )
    .option('--host <address>', 'address on which the API and NATS listen; beyond loopback, NATS uses TLS', '127.0.0.1')
    .option('--data <folder>', 'data folder for all state', defaultData)
    .option(
      '--instances <number>',
      'number of container instances that share this machine',
      wholeNumber(1, INSTANCES_MAX),
      1,
    )
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
    throw new UserError(error.message);
  }
}
