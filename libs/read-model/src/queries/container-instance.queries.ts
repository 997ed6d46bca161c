import type { ClusterName, ClusterQuery, ContainerInstance, InstanceAttribute, InstanceId } from '@stowage/domain';
import { In } from 'typeorm';
import type { Tables } from '../database';
import { type OpenPage, type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { ContainerInstanceRow, TaskRow } from '../rows';
import { columnText } from '../rows/columns';

export interface ContainerInstanceListQuery extends PageRequest {
  readonly cluster: ClusterName;
  /** Without it, all instances that are not INACTIVE. */
  readonly status?: 'ACTIVE' | 'DRAINING';
  /** Only instances that match the filter. */
  readonly filter?: ClusterQuery;
}

export interface AttributeListQuery extends PageRequest {
  readonly cluster: ClusterName;
  readonly attributeName?: string | undefined;
  readonly attributeValue?: string | undefined;
}

/** An attribute, and the instance that has it. */
export interface TargetAttribute {
  readonly instance: InstanceId;
  readonly attribute: InstanceAttribute;
}

/** Number of instances that one statement reads while a page of attributes or of filtered instances is filled. */
const INSTANCES_PER_STATEMENT = 200;

/** A range of the instances of a cluster that are not INACTIVE, in the order of their ids. */
interface InstanceRange {
  readonly cluster: ClusterName;
  readonly status: ContainerInstanceListQuery['status'] | undefined;
  readonly after: string | number | undefined;
  readonly count: number;
  readonly withRecords?: boolean;
}

/** Queries for container instances and their attributes. */
export class ContainerInstanceQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
  ) {}

  /** Resolves with the instances of `cluster`, including INACTIVE ones. */
  async byIds(cluster: ClusterName, ids: readonly InstanceId[]): Promise<ReadonlyMap<InstanceId, ContainerInstance>> {
    const rows = await this.database.use((source) =>
      source.getRepository(ContainerInstanceRow).findBy({ cluster: columnText(cluster), id: In(ids.map(columnText)) }),
    );
    return new Map(rows.map(({ record }) => [record.id, record]));
  }

  /** Resolves with ids, in order. */
  async list({ cluster, status, filter, ...request }: ContainerInstanceListQuery): Promise<Page<InstanceId>> {
    const page = this.pages.open(['container-instances', cluster, status, filter?.expression], request);
    const after = page.after?.[0];
    const found = filter
      ? await this.matching({ cluster, status, after, count: page.fetch }, filter)
      : await this.registered({ cluster, status, after, count: page.fetch });
    return pageOf(page, found, { cursor: ({ id }) => [id], item: ({ id }) => id });
  }

  private async matching(wanted: InstanceRange, filter: ClusterQuery): Promise<readonly ContainerInstanceRow[]> {
    const found: ContainerInstanceRow[] = [];
    let after = wanted.after;
    // The loop terminates: each round reads further instances, until none is left.
    while (found.length < wanted.count) {
      const rows = await this.registered({ ...wanted, after, count: INSTANCES_PER_STATEMENT, withRecords: true });
      const groups = filter.isStatic ? undefined : await this.groupsOn(rows);
      found.push(
        ...rows.filter(({ id, record }) => filter.matches({ instance: record, groups: () => groups?.get(id) ?? [] })),
      );
      if (rows.length < INSTANCES_PER_STATEMENT) break;
      after = rows.at(-1)?.id;
    }
    return found.slice(0, wanted.count);
  }

  /** Resolves with the groups of the tasks on each instance that are not STOPPED. */
  private async groupsOn(rows: readonly ContainerInstanceRow[]): Promise<ReadonlyMap<InstanceId, readonly string[]>> {
    if (rows.length === 0) return new Map();
    const tasks = await this.database.use((source) =>
      source
        .getRepository(TaskRow)
        .createQueryBuilder('task')
        .select(['task.id', 'task.instance', 'task.record'])
        .where('task.stoppedAt IS NULL')
        .andWhere('task.instance IN (:...ids)', { ids: rows.map(({ id }) => id) })
        .getMany(),
    );
    const groups = new Map<InstanceId, string[]>();
    for (const { instance, record } of tasks) {
      const known = groups.get(instance);
      if (known) known.push(record.group);
      else groups.set(instance, [record.group]);
    }
    return groups;
  }

  private registered({ cluster, status, after, count, withRecords }: InstanceRange): Promise<ContainerInstanceRow[]> {
    return this.database.use((source) => {
      const query = source
        .getRepository(ContainerInstanceRow)
        .createQueryBuilder('instance')
        .select(withRecords ? ['instance.id', 'instance.record'] : ['instance.id'])
        .where(`instance.status <> 'INACTIVE'`)
        .andWhere('instance.cluster = :cluster', { cluster: columnText(cluster) })
        .orderBy('instance.id')
        .limit(count);
      if (status) query.andWhere('instance.status = :status', { status });
      if (after !== undefined) query.andWhere('instance.id > :id', { id: after });
      return query.getMany();
    });
  }

  /** Resolves with the attributes of the instances that are not INACTIVE, in the order of instance, name and value. */
  async attributes({
    cluster,
    attributeName,
    attributeValue,
    ...request
  }: AttributeListQuery): Promise<Page<TargetAttribute>> {
    const page = this.pages.open(['attributes', cluster, attributeName, attributeValue], request);
    const found: TargetAttribute[] = [];
    let from = page.after?.[0];
    // The loop terminates: each round reads further instances, until none is left.
    for (let inclusive = true; found.length < page.fetch; inclusive = false) {
      const rows = await this.withAttributes(cluster, attributeName, { from, inclusive });
      found.push(...rows.flatMap((row) => matching(row, { attributeName, attributeValue }, page)));
      if (rows.length < INSTANCES_PER_STATEMENT) break;
      from = rows.at(-1)?.id;
    }
    return pageOf(page, found, { cursor: cursorOf, item: (attribute) => attribute });
  }

  private withAttributes(
    cluster: ClusterName,
    attributeName: string | undefined,
    start: { readonly from: string | number | undefined; readonly inclusive: boolean },
  ): Promise<ContainerInstanceRow[]> {
    return this.database.use((source) => {
      const query = source
        .getRepository(ContainerInstanceRow)
        .createQueryBuilder('instance')
        .where(`instance.status <> 'INACTIVE'`)
        .andWhere('instance.cluster = :cluster', { cluster: columnText(cluster) })
        .orderBy('instance.id')
        .limit(INSTANCES_PER_STATEMENT);
      const { from, inclusive } = start;
      if (from !== undefined) query.andWhere(`instance.id ${inclusive ? '>=' : '>'} :from`, { from });
      if (attributeName !== undefined) {
        // This only narrows the result: it finds the name anywhere in the text of the record.
        query.andWhere('strpos(instance.record::text, :name) > 0', { name: JSON.stringify(attributeName) });
      }
      return query.getMany();
    });
  }
}

function cursorOf({ instance, attribute }: TargetAttribute): readonly string[] {
  return [instance, attribute.name, attribute.value ?? ''];
}

/** Returns the attributes of the instance that match the query and follow after the previous page, in order. */
function matching(
  { id, record }: ContainerInstanceRow,
  query: { readonly attributeName?: string | undefined; readonly attributeValue?: string | undefined },
  { after }: OpenPage,
): readonly TargetAttribute[] {
  const wanted = record.attributes
    .filter(({ name }) => query.attributeName === undefined || name === query.attributeName)
    .filter(({ value }) => query.attributeValue === undefined || value === query.attributeValue)
    .map((attribute) => ({ instance: id, attribute }))
    .sort((a, b) => compare(cursorOf(a), cursorOf(b)));
  return after ? wanted.filter((attribute) => compare(cursorOf(attribute), after) > 0) : wanted;
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [at, part] of a.entries()) {
    const other = b[at] ?? '';
    if (part < other) return -1;
    if (part > other) return 1;
  }
  return 0;
}
