import { UserError } from '../user-error';
import { ECS_TARGET, fieldsOf, NotStowage, type StowageClient } from './stowage-client';

export interface DescribedContainer {
  readonly name: string;
  readonly arn: string;
  readonly lastStatus: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

/** The members of DescribeTasks that the command line reads. */
export interface DescribedTask {
  readonly arn: string;
  readonly lastStatus: string;
  readonly createdAt: number;
  /** True if every container of the task has run. */
  readonly hasStarted: boolean;
  readonly stoppedReason?: string;
  readonly containers: readonly DescribedContainer[];
  readonly attributes: readonly { readonly name: string; readonly value: string; readonly targetId: string }[];
}

const PAGE_TASKS = 100;
/** Maximum number of pages that a search reads for each status. */
const PAGES_MAX = 100;
const ID_BEGINNING_PATTERN = /^[0-9a-f]{1,31}$/;
const AMBIGUOUS_SHOWN_MAX = 5;

/**
 * Resolves with the id or ARN of a task that may be given by a prefix of its id.
 * @throws UserError if no task or several tasks match.
 */
export async function findTask(client: StowageClient, text: string, cluster?: string): Promise<string> {
  if (!ID_BEGINNING_PATTERN.test(text)) return text;
  const found: string[] = [];
  for await (const page of taskPages(client, cluster)) {
    found.push(...page.filter((arn) => idOf(arn).startsWith(text)));
  }
  const [only, ...others] = [...new Set(found)];
  if (only === undefined) throw new UserError(`No task has an id that begins with ${text}.`);
  if (others.length === 0) return only;
  const ids = [only, ...others].map(idOf);
  const more = ids.length > AMBIGUOUS_SHOWN_MAX ? ', ...' : '';
  const shown = ids.slice(0, AMBIGUOUS_SHOWN_MAX).join(', ');
  throw new UserError(`${String(ids.length)} tasks have ids that begin with ${text}: ${shown}${more}.`);
}

/** Resolves with the description of a task. @throws UserError if there is no such task. */
export async function describeTask(client: StowageClient, task: string, cluster?: string): Promise<DescribedTask> {
  const [found] = await describeTasks(client, [task], cluster);
  if (!found) throw new UserError(`There is no task ${task}: check the id and --cluster.`);
  return found;
}

/** Yields all tasks of a cluster, running ones first. @throws UserError if there are more than a search reads. */
export async function* describedTasks(
  client: StowageClient,
  cluster?: string,
): AsyncGenerator<readonly DescribedTask[]> {
  for await (const page of taskPages(client, cluster)) yield await describeTasks(client, page, cluster);
}

/** Returns the last part of an ARN. */
export const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

async function* taskPages(client: StowageClient, cluster?: string): AsyncGenerator<readonly string[]> {
  for (const desiredStatus of ['RUNNING', 'STOPPED']) {
    let nextToken: unknown;
    for (let pages = 0; pages === 0 || nextToken !== undefined; pages += 1) {
      if (pages === PAGES_MAX) {
        throw new UserError(
          `The cluster has more than ${String(PAGES_MAX * PAGE_TASKS)} tasks: give the complete id of the task.`,
        );
      }
      const input = {
        desiredStatus,
        maxResults: PAGE_TASKS,
        ...(cluster && { cluster }),
        ...(pages > 0 && { nextToken }),
      };
      const answer = fieldsOf(await client.call(`${ECS_TARGET}.ListTasks`, input));
      const arns = listOf(answer['taskArns']).map(String);
      if (arns.length > 0) yield arns;
      nextToken = answer['nextToken'];
    }
  }
}

async function describeTasks(
  client: StowageClient,
  tasks: readonly string[],
  cluster: string | undefined,
): Promise<readonly DescribedTask[]> {
  const input = { tasks, ...(cluster && { cluster }) };
  const answer = fieldsOf(await client.call(`${ECS_TARGET}.DescribeTasks`, input));
  if (!Array.isArray(answer['tasks'])) throw new NotStowage();
  return answer['tasks'].map(taskIn);
}

function taskIn(value: unknown): DescribedTask {
  const { taskArn, lastStatus, createdAt, startedAt, stoppedReason, containers, attributes } = fieldsOf(value);
  return {
    arn: textOf(taskArn),
    lastStatus: textOf(lastStatus),
    createdAt: Number(createdAt),
    hasStarted: startedAt !== undefined,
    ...(typeof stoppedReason === 'string' && { stoppedReason }),
    containers: listOf(containers).map(containerIn),
    attributes: listOf(attributes).map((attribute) => {
      const { name, value: of, targetId } = fieldsOf(attribute);
      return { name: textOf(name), value: textOf(of), targetId: textOf(targetId) };
    }),
  };
}

function containerIn(value: unknown): DescribedContainer {
  const { name, containerArn, lastStatus, exitCode, reason } = fieldsOf(value);
  return {
    name: textOf(name),
    arn: textOf(containerArn),
    lastStatus: textOf(lastStatus),
    ...(typeof exitCode === 'number' && { exitCode }),
    ...(typeof reason === 'string' && { reason }),
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
