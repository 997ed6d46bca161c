import type { ClusterName, InstanceId, Task, TaskId } from '@stowage/domain';
import { In } from 'typeorm';
import type { Tables } from '../database';
import { type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { TaskRow } from '../rows';
import { columnText } from '../rows/columns';

export interface TaskListQuery extends PageRequest {
  readonly cluster: ClusterName;
  readonly desiredStatus: 'RUNNING' | 'PENDING' | 'STOPPED';
  readonly containerInstance?: InstanceId;
  readonly family?: string;
  readonly startedBy?: string;
  readonly serviceName?: string;
  readonly launchType?: string;
}

/** Time for which a STOPPED task is returned, in milliseconds. ECS promises at least one hour. */
export const STOPPED_TASK_RETENTION_MS = 24 * 60 * 60 * 1_000;

/** Queries for tasks. A STOPPED task is returned during its retention; its row stays as history. */
export class TaskQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
    private readonly stoppedSince: () => number,
  ) {}

  /** Resolves with the tasks of `cluster`. */
  async byIds(cluster: ClusterName, ids: readonly TaskId[]): Promise<ReadonlyMap<TaskId, Task>> {
    const rows = await this.database.use((source) =>
      source.getRepository(TaskRow).findBy({ cluster: columnText(cluster), id: In(ids.map(columnText)) }),
    );
    const since = this.stoppedSince();
    const shown = rows.filter(({ stoppedAt }) => stoppedAt === null || stoppedAt >= since);
    return new Map(shown.map(({ record }) => [record.id, record]));
  }

  /** Resolves with the task even after its retention. */
  async createdAt(cluster: ClusterName, id: TaskId): Promise<number | undefined> {
    const where = { cluster: columnText(cluster), id: columnText(id) };
    const row = await this.database.use((source) => source.getRepository(TaskRow).findOneBy(where));
    return row?.createdAt;
  }

  /** Resolves with ids, oldest task first. */
  async list({ maxResults, nextToken, ...filter }: TaskListQuery): Promise<Page<TaskId>> {
    const page = this.pages.open(['tasks', filter], { maxResults, nextToken });
    // No task has the desired status PENDING. ECS accepts the value and returns an empty list.
    if (filter.desiredStatus === 'PENDING') return { items: [] };
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(TaskRow)
        .createQueryBuilder('task')
        .select(['task.id', 'task.createdAt'])
        .where('task.cluster = :cluster', { cluster: columnText(filter.cluster) })
        .andWhere('task.desiredStatus = :desiredStatus', { desiredStatus: filter.desiredStatus })
        .orderBy('task.createdAt')
        .addOrderBy('task.id')
        .limit(page.fetch);
      // A task whose desired status is RUNNING is never STOPPED. Both conditions are stated so that Postgres uses the
      // index without the history.
      if (filter.desiredStatus === 'RUNNING') query.andWhere('task.stoppedAt IS NULL');
      else query.andWhere('(task.stoppedAt IS NULL OR task.stoppedAt >= :since)', { since: this.stoppedSince() });
      for (const [column, value] of equalities(filter)) {
        query.andWhere(`task.${column} = :${column}`, { [column]: columnText(value) });
      }
      if (page.after) {
        const [createdAt, id] = page.after;
        query.andWhere('(task.createdAt, task.id) > (:createdAt, :id)', { createdAt, id });
      }
      return query.getMany();
    });
    return pageOf(page, rows, { cursor: (row) => [row.createdAt, row.id], item: ({ id }) => id });
  }
}

/** Returns the given filters as columns and their values. */
function equalities(filter: Partial<TaskListQuery>): readonly (readonly [keyof TaskRow, string])[] {
  const columns = [
    ['instance', filter.containerInstance],
    ['family', filter.family],
    ['startedBy', filter.startedBy],
    ['service', filter.serviceName],
    ['launchType', filter.launchType],
  ] as const;
  return columns.flatMap(([column, value]) => (value === undefined ? [] : [[column, value] as const]));
}
