import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../user-error';
import { copyLogs, type LogSink } from './logs';
import type { StowageClient } from './stowage-client';
import { type DescribedContainer, describedTasks, type DescribedTask, describeTask, findTask, idOf } from './tasks';

export interface LogsQuery {
  /** Id, unique prefix of an id, or ARN. */
  readonly task?: string;
  readonly container?: string;
  /** Log group of containers with the log driver awslogs, instead of a task. */
  readonly group?: string;
  readonly stream?: string;
  readonly cluster?: string;
  readonly follow: boolean;
  readonly tail?: number;
}

interface Source {
  readonly task: string;
  readonly container: string;
  /** Prefix of each line if there are several logs. */
  readonly label: string;
  readonly createdAt: number;
}

/** Maximum number of logs that are followed concurrently. Each holds one request open. */
const FOLLOWED_MAX = 20;
/** Time for which the description of a task may lag behind the end of a log. */
const DESCRIPTION_LAG_MS = 5_000;
const RETRY_MS = 250;

/**
 * Copies the logs that a query selects; if there are several, each line has a label. For a container that never ran,
 * reports the reason. Resolves with false if there was such a container or a log could not be read.
 * @throws UserError if the query matches nothing.
 */
export async function showLogs(
  client: StowageClient,
  query: LogsQuery,
  { sink, report }: { readonly sink: LogSink; readonly report: (sentence: string) => void },
): Promise<boolean> {
  const sources = query.group === undefined ? await ofTask(client, query) : await ofGroup(client, query, query.group);
  const isAlone = sources.length === 1;
  if (query.follow && sources.length > FOLLOWED_MAX) {
    throw new UserError(
      `The query matches ${String(sources.length)} logs, and at most ${String(FOLLOWED_MAX)} can be followed: select fewer.`,
    );
  }
  const width = Math.max(...sources.map(({ label }) => label.length));
  const show = (source: Source): Promise<boolean> => {
    const before = isAlone ? '' : `${source.label.padEnd(width)} | `;
    return showOne(client, { ...query, ...source }, (stream, text) => {
      sink(stream, before + text);
    })
      .catch((error: unknown) => {
        if (isAlone || !(error instanceof UserError)) throw error;
        return `${before}${error.message}`;
      })
      .then((problem) => {
        if (problem !== undefined) report(problem);
        return problem === undefined;
      });
  };
  if (query.follow) return (await Promise.all(sources.map(show))).every(Boolean);
  const shown: boolean[] = [];
  for (const source of sources) shown.push(await show(source));
  return shown.every(Boolean);
}

async function ofTask(client: StowageClient, { task, container, cluster }: LogsQuery): Promise<readonly Source[]> {
  if (task === undefined) throw new UserError('Name a task, or a log group with --group.');
  const described = await describeTask(client, await findTask(client, task, cluster), cluster);
  const names = described.containers.map(({ name }) => name);
  if (container !== undefined && !names.includes(container)) {
    throw new UserError(`The task has no container ${container}. Its containers are ${names.join(', ')}.`);
  }
  const chosen = container === undefined ? names : [container];
  return chosen.map((name) => ({ task: described.arn, container: name, label: name, createdAt: described.createdAt }));
}

async function ofGroup(client: StowageClient, query: LogsQuery, group: string): Promise<readonly Source[]> {
  if (query.task !== undefined) throw new UserError('Name a task or a log group, not both.');
  const sources: Source[] = [];
  for await (const page of describedTasks(client, query.cluster)) {
    sources.push(...page.flatMap((task) => streamsOf(task, group)));
  }
  const found = sources.filter(({ label }) => query.stream === undefined || label === query.stream);
  if (found.length > 0) return found.sort((a, b) => a.createdAt - b.createdAt);
  const wanted = query.stream === undefined ? '' : ` and the stream ${query.stream}`;
  throw new UserError(`No known task writes to the log group ${group}${wanted}.`);
}

function streamsOf(task: DescribedTask, group: string): readonly Source[] {
  return task.containers.flatMap(({ name, arn }) => {
    const of = (attribute: string): string | undefined =>
      task.attributes.find((each) => each.name === attribute && each.targetId === arn)?.value;
    if (of('stowage.log-group') !== group) return [];
    return [{ task: task.arn, container: name, label: of('stowage.log-stream') ?? name, createdAt: task.createdAt }];
  });
}

/** Resolves with the reason as a sentence if there is no log. */
async function showOne(client: StowageClient, source: LogsQuery & Source, sink: LogSink): Promise<string | undefined> {
  const { task, container, cluster, follow, tail } = source;
  const before = await describeTask(client, task, cluster);
  if (hasFailed(before, container)) return whyNot(before, container);
  const of = { task, container, follow, ...(cluster && { cluster }), ...(tail !== undefined && { tail }) };
  const { lines, ended } = await copyLogs(client, of, sink);
  if (lines > 0) return undefined;
  const after = ended ? await whenStopped(client, source) : await describeTask(client, task, cluster);
  if (hasFailed(after, container)) return whyNot(after, container);
  const isPending = containerOf(after, container)?.lastStatus === 'PENDING';
  return isPending ? `The container ${container} of task ${idOf(task)} has not started yet.` : undefined;
}

async function whenStopped(
  client: StowageClient,
  { task, container, cluster }: Source & LogsQuery,
): Promise<DescribedTask> {
  const deadline = performance.now() + DESCRIPTION_LAG_MS;
  for (;;) {
    const described = await describeTask(client, task, cluster);
    if (containerOf(described, container)?.lastStatus === 'STOPPED' || performance.now() > deadline) return described;
    await delay(RETRY_MS);
  }
}

const containerOf = ({ containers }: DescribedTask, name: string): DescribedContainer | undefined =>
  containers.find((container) => container.name === name);

/** A container that ran has an exit code, unless its instance was lost. */
function hasFailed(task: DescribedTask, name: string): boolean {
  const container = containerOf(task, name);
  if (container?.lastStatus !== 'STOPPED' || container.exitCode !== undefined) return false;
  return !task.hasStarted || container.reason !== undefined;
}

/** The reason of the container itself, of another container of the task, or of the task. */
function whyNot(task: DescribedTask, name: string): string {
  const reasons = [containerOf(task, name), ...task.containers].map((container) => container?.reason);
  const reason = reasons.find((each) => each !== undefined) ?? task.stoppedReason ?? 'unknown';
  return `The container ${name} of task ${idOf(task.arn)} did not run: ${reason}`;
}
