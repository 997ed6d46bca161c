import type { Command } from 'commander';
import { wholeNumber } from '../whole-number';
import { runAws } from './aws';
import type { CommandContext } from './context';
import { copyEvents, type EventsOptions } from './events';
import { createJoinToken } from './join-token';
import { createEventReader } from './event-reader';
import { type LogsQuery, showLogs } from './show-logs';
import { stowageClient } from './stowage-client';

/** Maximum of GetTaskLogs. */
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

/**
 * Adds the commands that call a Stowage on this machine or elsewhere. A command imports large modules only when it
 * runs.
 */
export function addDeploymentCommands(program: Command, { environment, folder, print, report }: CommandContext): void {
  program
    .command('aws')
    .description('run the AWS CLI against Stowage, for example: npx stowage aws ecs list-clusters')
    .argument('<arguments...>')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[]) => {
      process.exitCode = await runAws(args, environment());
    });

  program
    .command('logs')
    .description('show the logs of the containers of a running or stopped task')
    .argument('[task]', 'id, unique prefix of an id, or ARN')
    .argument('[container]', 'name of a container; by default all containers of the task')
    .option('-f, --follow', 'wait for new lines until the container stops', false)
    .option('--cluster <name>', 'short name or ARN of the cluster; by default "default"')
    .option('--group <name>', 'instead of a task: show a log group of containers with the log driver awslogs')
    .option('--stream <name>', 'only this stream of the log group')
    .option('--tail <lines>', 'only this number of the most recent lines', wholeNumber(0, LINES_MAX))
    .action(async (task: string | undefined, container: string | undefined, options: LogsFlags) => {
      const sink = (stream: 'stdout' | 'stderr', text: string): void => void process[stream].write(`${text}\n`);
      const query = { ...(task && { task }), ...(container && { container }), ...options };
      if (!(await showLogs(stowageClient(environment()), query, { sink, report }))) process.exitCode = 1;
    });

  program
    .command('events')
    .description('show the events of the journal, from any position, and wait for new ones')
    .option('--from <sequence or time>', 'first position or time, where 1 is the beginning; by default only new events')
    .option('--cluster <name>', 'only events of this cluster and its resources')
    .option('--type <types>', 'only events of these types, for example: TasksPlaced,TaskStopped')
    .option('--format <format>', '"stowage" or, for the format of ECS, "eventbridge"')
    .action(async (options: EventsOptions) => {
      await copyEvents(stowageClient(environment()), options, print);
    });

  program
    .command('event-reader')
    .description('create credentials that permit a program to read events from NATS, and nothing else; prints JSON')
    .option('--from <sequence or time>', 'first position or time, where 1 is the beginning; by default only new events')
    .option('--cluster <name>', 'only events of this cluster and its resources')
    .option('--expires <seconds>', 'lifetime of the credentials', wholeNumber(1, READER_EXPIRES_SECONDS_MAX))
    .action(async ({ expires, ...options }: EventReaderFlags) => {
      const wanted = { ...options, ...(expires && { expiresInSeconds: expires }) };
      print(await createEventReader(stowageClient(environment()), wanted));
    });

  program
    .command('join-token')
    .description('create a token for another machine to join with: npx stowage agent --join - --server HOST')
    .option('--cluster <name>', 'short name or ARN of the cluster to join; by default "default"')
    .option('--expires <seconds>', 'lifetime of the token', wholeNumber(1, EXPIRES_SECONDS_MAX))
    .option('--one-time', 'valid for one machine only', false)
    .action(async ({ cluster, expires, oneTime }: JoinTokenFlags) => {
      const options = { ...(cluster && { cluster }), ...(expires && { expiresInSeconds: expires }), oneTime };
      print(await createJoinToken(stowageClient(environment()), options));
    });

  program
    .command('rebuild')
    .description('drop the read model and replay the journal into a new one; Stowage may keep running meanwhile')
    .action(async () => {
      const { rebuild } = await import('./rebuild.js');
      print(`The read model was rebuilt from the journal, up to position ${String(await rebuild(folder()))}.`);
    });
}
