import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { openDataFolder } from '../shell/data-folder';
import { wholeNumber } from '../whole-number';
import { runAws } from './aws';
import { clientEnvironment } from './client-environment';
import { createJoinToken } from './join-token';
import { copyLogs } from './logs';
import { rebuild } from './rebuild';
import { reset } from './reset';
import { status } from './status';
import { stowageClient } from './stowage-client';

/** What the set-up hands over to the command line. */
export interface CommandLineTools {
  /** The folder of this clone. */
  readonly root: string;
  readonly docker?: string;
  readonly busybox?: string;
}

const LINES_MAX = 1_000;
const EXPIRES_SECONDS_MAX = 365 * 24 * 60 * 60;

/** `npx stowage ...`. @throws ClearFailure */
export async function runCommandLine(argv: readonly string[], tools: CommandLineTools): Promise<void> {
  const program = new Command('stowage')
    .description('Talks to a Stowage, and does to it what the Amazon ECS API has no word for.')
    .option('--data <folder>', "the data of this machine's Stowage", join(tools.root, '.stowage'))
    .enablePositionalOptions()
    .showHelpAfterError();
  const folder = () => openDataFolder(resolve(program.opts<{ data: string }>().data));
  const environment = () => clientEnvironment(folder().path);

  program
    .command('aws')
    .description('run the AWS CLI against Stowage: npx stowage aws ecs list-clusters')
    .argument('<arguments...>')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[]) => {
      process.exitCode = await runAws(args, environment());
    });

  program
    .command('logs')
    .description("show a container's output, of a running or a stopped task")
    .argument('<task>', 'id or ARN')
    .argument('[container]', 'needed when the task has several')
    .option('-f, --follow', 'go on until the container stops', false)
    .option('--cluster <name>', 'short name or ARN; by default the one called "default"')
    .option('--tail <lines>', 'only so many of the lines that are there already', wholeNumber(1, LINES_MAX))
    .action(async (task: string, container: string | undefined, options: LogsFlags) => {
      const sink = (stream: 'stdout' | 'stderr', text: string): void => void process[stream].write(`${text}\n`);
      await copyLogs(stowageClient(environment()), { task, ...(container && { container }), ...options }, sink);
    });

  program
    .command('join-token')
    .description('make a token with which another machine joins: npx stowage agent --join TOKEN --server HOST')
    .option('--cluster <name>', 'which cluster it joins; by default the one called "default"')
    .option('--expires <seconds>', 'how long it is good for', wholeNumber(1, EXPIRES_SECONDS_MAX))
    .option('--one-time', 'good for one machine', false)
    .action(async ({ cluster, expires, oneTime }: JoinTokenFlags) => {
      const options = { ...(cluster && { cluster }), ...(expires && { expiresInSeconds: expires }), oneTime };
      const { token } = await createJoinToken(stowageClient(environment()), options);
      process.stdout.write(`${token}\n`);
    });

  program
    .command('rebuild')
    .description('drop the read model and replay the journal into it; everything may go on meanwhile')
    .action(async () => {
      const position = await rebuild(folder());
      process.stdout.write(`The read model is as the journal says, at position ${String(position)}.\n`);
    });

  program
    .command('status')
    .description('show what of Stowage runs on this machine')
    .action(async () => {
      const well = await status(folder(), environment(), (line) => process.stdout.write(`${line}\n`));
      process.exitCode = well ? 0 : 1;
    });

  program
    .command('reset')
    .description('remove the containers, networks, volumes, processes and state that Stowage made, and nothing else')
    .option('--data <folder>', 'whose')
    .action(({ data }: { readonly data?: string }) => {
      return reset(data === undefined ? folder() : openDataFolder(resolve(data)), (line) =>
        process.stderr.write(`${line}\n`),
      );
    });

  await program.parseAsync(argv, { from: 'user' });
}

interface JoinTokenFlags {
  readonly cluster?: string;
  readonly expires?: number;
  readonly oneTime: boolean;
}

interface LogsFlags {
  readonly follow: boolean;
  readonly cluster?: string;
  readonly tail?: number;
}
