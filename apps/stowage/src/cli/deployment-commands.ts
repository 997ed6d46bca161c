import type { Command } from 'commander';
import { wholeNumber } from '../whole-number';
import { runAws } from './aws';
import type { CommandContext } from './context';
import { copyEvents, type EventsOptions } from './events';
import { createJoinToken } from './join-token';
import { createEventReader } from './event-reader';
import { copyLogs } from './logs';
import { stowageClient } from './stowage-client';

/** GetTaskLogs takes no more. */
const LINES_MAX = 1_000;
const EXPIRES_SECONDS_MAX = 365 * 24 * 60 * 60;
const READER_EXPIRES_SECONDS_MAX = 7 * 24 * 60 * 60;

interface LogsFlags {
  readonly follow: boolean;
  readonly cluster?: string;
  readonly tail?: number;
}

interface EventReaderFlags {
  readonly from?: string;
  readonly cluster?: string;
  readonly expires?: number;
}

interface JoinTokenFlags {
  readonly cluster?: string;
  readonly expires?: number;
  readonly oneTime: boolean;
}

/** What is said to a Stowage, wherever it runs. What is large is loaded by the command that needs it. */
export function addDeploymentCommands(program: Command, { environment, folder, print }: CommandContext): void {
  program
    .command('aws')
    .description('run the AWS CLI against Stowage: npx stowage aws ecs list-clusters')
    .argument('<arguments...>')
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
    .command('events')
    .description('show what happens, event by event, from any point of the journal on')
    .option('--from <sequence or time>', 'begin there: 1 is the beginning; by default, with what comes next')
    .option('--cluster <name>', 'only what is about this cluster, or something in it')
    .option('--type <types>', 'only events of these types: TasksPlaced,TaskStopped')
    .option('--format <format>', '"stowage", or "eventbridge": the shapes of ECS')
    .action(async (options: EventsOptions) => {
      await copyEvents(stowageClient(environment()), options, print);
    });

  program
    .command('event-reader')
    .description('make credentials with which a program reads events from NATS, and nothing else; printed as JSON')
    .option('--from <sequence or time>', 'begin there: 1 is the beginning; by default, with what comes next')
    .option('--cluster <name>', 'only what is about this cluster, or something in it')
    .option('--expires <seconds>', 'how long they are good for', wholeNumber(1, READER_EXPIRES_SECONDS_MAX))
    .action(async ({ expires, ...options }: EventReaderFlags) => {
      const wanted = { ...options, ...(expires && { expiresInSeconds: expires }) };
      print(await createEventReader(stowageClient(environment()), wanted));
    });

  program
    .command('join-token')
    .description('make a token with which another machine joins: npx stowage agent --join TOKEN --server HOST')
    .option('--cluster <name>', 'which cluster it joins; by default the one called "default"')
    .option('--expires <seconds>', 'how long it is good for', wholeNumber(1, EXPIRES_SECONDS_MAX))
    .option('--one-time', 'good for one machine', false)
    .action(async ({ cluster, expires, oneTime }: JoinTokenFlags) => {
      const options = { ...(cluster && { cluster }), ...(expires && { expiresInSeconds: expires }), oneTime };
      print(await createJoinToken(stowageClient(environment()), options));
    });

  program
    .command('rebuild')
    .description('drop the read model and replay the journal into it; everything may go on meanwhile')
    .action(async () => {
      const { rebuild } = await import('./rebuild.js');
      print(`The read model is as the journal says, at position ${String(await rebuild(folder()))}.`);
    });
}
