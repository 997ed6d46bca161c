import type { Command } from 'commander';
import { wholeNumber } from '../whole-number';
import { runAws } from './aws';
import type { CommandContext } from './context';
import { copyEvents, type EventsOptions } from './events';
import { createJoinToken } from './join-token';
import { createEventReader } from './event-reader';
import { type LogsQuery, showLogs } from './show-logs';
import { stowageClient } from './stowage-client';

/** GetTaskLogs takes no more. */
const LINES_MAX = 1_000;
const EXPIRES_SECONDS_MAX = 365 * 24 * 60 * 60;
const READER_EXPIRES_SECONDS_MAX = 7 * 24 * 60 * 60;

type LogsFlags = Omit<LogsQuery, 'task' | 'container'>;

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
export function addDeploymentCommands(program: Command, { environment, folder, print, tell }: CommandContext): void {
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
    .description('show what the containers of a running or a stopped task write')
    .argument('[task]', 'id, beginning of an id, or ARN')
    .argument('[container]', 'only this one; by default all of the task')
    .option('-f, --follow', 'go on until the container stops', false)
    .option('--cluster <name>', 'short name or ARN; by default the one called "default"')
    .option('--group <name>', 'instead of a task: what containers with the log driver awslogs write to this log group')
    .option('--stream <name>', 'only this stream of the group')
    .option('--tail <lines>', 'only the last lines of those that are there already', wholeNumber(0, LINES_MAX))
    .action(async (task: string | undefined, container: string | undefined, options: LogsFlags) => {
      const sink = (stream: 'stdout' | 'stderr', text: string): void => void process[stream].write(`${text}\n`);
      const query = { ...(task && { task }), ...(container && { container }), ...options };
      if (!(await showLogs(stowageClient(environment()), query, { sink, tell }))) process.exitCode = 1;
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
    .description('make a token with which another machine joins: npx stowage agent --join - --server HOST')
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
