import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { wholeNumber } from '../whole-number';
import { runAws } from './aws';
import { clientEnvironment } from './client-environment';
import { copyLogs } from './logs';
import { stowageClient } from './stowage-client';

/** What the set-up hands over to the command line. */
export interface CommandLineTools {
  /** The folder of this clone. */
  readonly root: string;
  readonly docker?: string;
  readonly busybox?: string;
}

const LINES_MAX = 1_000_000;

/** `npx stowage ...`. @throws ClearFailure */
export async function runCommandLine(argv: readonly string[], tools: CommandLineTools): Promise<void> {
  const program = new Command('stowage')
    .description('Talks to a Stowage, and does to it what the Amazon ECS API has no word for.')
    .option('--data <folder>', "the data of this machine's Stowage", join(tools.root, '.stowage'))
    .enablePositionalOptions()
    .showHelpAfterError();
  const environment = () => clientEnvironment(resolve(program.opts<{ data: string }>().data));

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

  await program.parseAsync(argv, { from: 'user' });
}

interface LogsFlags {
  readonly follow: boolean;
  readonly cluster?: string;
  readonly tail?: number;
}
