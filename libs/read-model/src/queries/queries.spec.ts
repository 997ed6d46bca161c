import {
  clusterName,
  clusterQuery,
  type ContainerInstance,
  type DomainEvent,
  instanceId,
  type Refusal,
  type Task,
  type TaskDefinition,
  taskId,
  transactionId,
} from '@stowage/domain';
import { MemoryJournal } from '@stowage/journal';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitHistory, RandomHistory } from '../../../../test/support/histories';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres';
import { openTables, readTables, SILENT, type Tables } from '../../../../test/support/read-model';
import { Database } from '../database';
import type { Page, PageRequest } from '../pages';
import { followJournal } from '../projection/follow-journal';
import { PROJECTOR_DEFAULTS } from '../projector';
import { ReadModel } from '../read-model';
import { ReadModelUnavailable } from '../read-model-errors';

const RETENTION_MS = 60_000;
const journal = new MemoryJournal();
const history = new RandomHistory({ seed: 77, clusters: 6, tasks: 200 });

describe('the queries of the read model', () => {
  let postgres: TestPostgres;
  let url: string;
  let source: DataSource;
  let model: ReadModel;
  let tables: Tables;
  let now = 0;

  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.database();
    source = await openTables(url);
    model = new ReadModel({
      url,
      applicationName: 'test',
      journal: journal.id,
      logger: SILENT,
      now: () => now,
      stoppedTaskRetentionMs: RETENTION_MS,
    });
    await commitHistory(journal, history, 4_000);
    await project();
    tables = await readTables(source);
    now = Math.max(...tables.tasks.map(({ created_at: at }) => Number(at)));
  });
  afterAll(async () => {
    await model.close();
    await source.destroy();
    await postgres.stop();
  });

  /** Projects the journal to its end. */
  async function project(): Promise<void> {
    const following = {
      ...PROJECTOR_DEFAULTS,
      journal,
      database: new Database(source),
      announced: true,
      onPosition: () => undefined,
    };
    await followJournal(following, new AbortController().signal, await journal.lastSequence());
  }

  /** Collects all items page by page, with varying page sizes. */
  async function walk<Item>(
    list: (request: PageRequest) => Promise<Page<Item>>,
    between?: () => Promise<void>,
  ): Promise<readonly Item[]> {
    const items: Item[] = [];
    let nextToken: string | undefined;
    do {
      const maxResults = history.random.int(1, 9);
      const page = await list({ maxResults, ...(nextToken !== undefined && { nextToken }) });
      expect(page.items.length).toBeLessThanOrEqual(maxResults);
      items.push(...page.items);
      ({ nextToken } = page);
      await between?.();
    } while (nextToken !== undefined);
    return items;
  }

  const records = (rows: Tables[keyof Tables]): readonly unknown[] => rows.map(({ record }) => record);
  const allTasks = (): readonly Task[] => records(tables.tasks) as readonly Task[];
  const allInstances = (): readonly ContainerInstance[] =>
    records(tables.container_instances) as readonly ContainerInstance[];
  const revisions = (): readonly TaskDefinition[] => records(tables.task_definitions) as readonly TaskDefinition[];
  const busiest = (): Task['cluster'] => {
    const counts = [...history.state.clusters.keys()].map(
      (name) => [allTasks().filter(({ cluster }) => cluster === name).length, name] as const,
    );
    return counts.sort(([a], [b]) => b - a)[0]![1];
  };

  it('describes clusters, including INACTIVE ones, and lists the ACTIVE ones in order', async () => {
    const names = [...history.state.clusters.keys()];
    const found = await model.clusters.byNames([...names, clusterName('never-was')]);
    expect(found).toEqual(new Map(names.map((name) => [name, found.get(name)])));
    for (const name of names)
      expect(found.get(name)).toEqual(JSON.parse(JSON.stringify(history.state.clusters.get(name))));
    expect(await walk((request) => model.clusters.list(request))).toEqual(
      names.filter((name) => history.state.clusters.get(name)?.status === 'ACTIVE').sort(),
    );
  });

  it('lists container instances by status, and describes only those of the cluster', async () => {
    const cluster = busiest();
    const own = allInstances().filter((instance) => instance.cluster === cluster);
    const idsOf = (statuses: readonly string[]): readonly string[] =>
      own
        .filter(({ status }) => statuses.includes(status))
        .map(({ id }) => id)
        .sort();
    expect(await walk((page) => model.containerInstances.list({ cluster, ...page }))).toEqual(
      idsOf(['ACTIVE', 'DRAINING']),
    );
    expect(await walk((page) => model.containerInstances.list({ cluster, status: 'DRAINING', ...page }))).toEqual(
      idsOf(['DRAINING']),
    );
    const found = await model.containerInstances.byIds(
      cluster,
      allInstances().map(({ id }) => id),
    );
    expect([...found.values()].map(({ id }) => id).sort()).toEqual(own.map(({ id }) => id).sort());
  });

  it.each([
    'attribute:ecs.availability-zone == us-east-1a',
    'agentConnected == true and runningTasksCount > 0',
    'task:group =~ family:.*',
    'not(task:group == family:family-1)',
  ])('lists container instances that match %s', async (expression) => {
    const cluster = busiest();
    const filter = clusterQuery(expression);
    const groupsOn = (id: string): readonly string[] =>
      allTasks()
        .filter(({ instance, lastStatus }) => instance === id && lastStatus !== 'STOPPED')
        .map(({ group }) => group);
    const expected = allInstances()
      .filter((instance) => instance.cluster === cluster && instance.status !== 'INACTIVE')
      .filter((instance) => filter.matches({ instance, groups: () => groupsOn(instance.id) }))
      .map(({ id }) => id)
      .sort();
    expect(await walk((page) => model.containerInstances.list({ cluster, filter, ...page }))).toEqual(expected);
  });

  it.each([
    {},
    { attributeName: 'ecs.availability-zone' },
    { attributeName: 'ecs.availability-zone', attributeValue: 'us-east-1b' },
    { attributeName: 'stack-1', attributeValue: '50%_off' },
    { attributeName: 'stack-_' },
    { attributeValue: 'linux' },
  ])('lists attributes: %j', async (filter) => {
    const cluster = busiest();
    const expected = allInstances()
      .filter((instance) => instance.cluster === cluster && instance.status !== 'INACTIVE')
      .flatMap(({ id, attributes }) => attributes.map((attribute) => ({ instance: id, attribute })))
      .filter(({ attribute }) => filter.attributeName === undefined || attribute.name === filter.attributeName)
      .filter(({ attribute }) => filter.attributeValue === undefined || attribute.value === filter.attributeValue)
      .sort((a, b) => (a.instance + a.attribute.name < b.instance + b.attribute.name ? -1 : 1));
    expect(await walk((page) => model.containerInstances.attributes({ cluster, ...filter, ...page }))).toEqual(
      expected,
    );
  });

  it('finds a revision, and the latest ACTIVE one of a family', async () => {
    for (const { family } of revisions()) {
      const own = revisions().filter((revision) => revision.family === family);
      expect(await model.taskDefinitions.byRef(own[0]!)).toEqual(own[0]);
      const active = own.filter(({ status }) => status === 'ACTIVE').sort((a, b) => b.revision - a.revision);
      expect(await model.taskDefinitions.latestActive(family)).toEqual(active[0]);
    }
    expect(await model.taskDefinitions.byRef({ family: 'family-1', revision: 2 ** 40 })).toBeUndefined();
  });

  it.each(['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS'] as const)('lists %s revisions both ways', async (status) => {
    const expected = revisions()
      .filter((revision) => revision.status === status)
      .map(({ family, revision }) => ({ family, revision }))
      .sort((a, b) => (a.family === b.family ? a.revision - b.revision : a.family < b.family ? -1 : 1));
    expect(await walk((page) => model.taskDefinitions.list({ status, sort: 'ASC', ...page }))).toEqual(expected);
    expect(await walk((page) => model.taskDefinitions.list({ status, sort: 'DESC', ...page }))).toEqual(
      [...expected].reverse(),
    );
    const family = 'family-1';
    expect(await walk((page) => model.taskDefinitions.list({ family, status, sort: 'ASC', ...page }))).toEqual(
      expected.filter((revision) => revision.family === family),
    );
  });

  it.each(['ACTIVE', 'INACTIVE', 'ALL'] as const)('lists families: %s', async (status) => {
    const active = new Set(
      revisions()
        .filter((revision) => revision.status === 'ACTIVE')
        .map(({ family }) => family),
    );
    const families = [...new Set(revisions().map(({ family }) => family))].sort();
    const expected = families.filter((family) => status === 'ALL' || active.has(family) === (status === 'ACTIVE'));
    expect(await walk((page) => model.taskDefinitions.families({ status, ...page }))).toEqual(expected);
    for (const familyPrefix of ['family-1', 'family-_', 'fam%', 'f', 'zzz', '']) {
      expect(await walk((page) => model.taskDefinitions.families({ status, familyPrefix, ...page }))).toEqual(
        expected.filter((family) => family.startsWith(familyPrefix)),
      );
    }
  });

  it('lists tasks by every filter, oldest first', async () => {
    const cluster = busiest();
    const some = allTasks().filter((task) => task.cluster === cluster);
    const filters = [
      {},
      { containerInstance: some[0]!.instance },
      { family: some[0]!.taskDefinition.family },
      { startedBy: 'a_b%c' },
      { startedBy: 'a%' },
      { serviceName: 'service-1' },
      { launchType: 'EXTERNAL' },
      { family: some[0]!.taskDefinition.family, launchType: 'EC2' },
    ];
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
      for (const filter of filters) {
        const expected = some
          .filter((task) => task.desiredStatus === desiredStatus)
          .filter(({ stoppedAt }) => stoppedAt === undefined || stoppedAt >= now - RETENTION_MS)
          .filter(({ instance }) => filter.containerInstance === undefined || instance === filter.containerInstance)
          .filter(({ taskDefinition }) => filter.family === undefined || taskDefinition.family === filter.family)
          .filter(({ startedBy }) => filter.startedBy === undefined || startedBy === filter.startedBy)
          .filter(({ service }) => filter.serviceName === undefined || service?.name === filter.serviceName)
          .filter(({ launchType }) => filter.launchType === undefined || launchType === filter.launchType)
          .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
        const found = await walk((page) => model.tasks.list({ cluster, desiredStatus, ...filter, ...page }));
        expect(found, JSON.stringify({ desiredStatus, filter })).toEqual(expected.map(({ id }) => id));
      }
    }
    expect(await model.tasks.list({ cluster, desiredStatus: 'PENDING' })).toEqual({ items: [] });
  });

  it('describes a STOPPED task during its retention, and only in its cluster', async () => {
    const stopped = allTasks().find(({ lastStatus }) => lastStatus === 'STOPPED')!;
    const before = now;
    now = stopped.stoppedAt! + RETENTION_MS;
    expect((await model.tasks.byIds(stopped.cluster, [stopped.id])).get(stopped.id)).toEqual(stopped);
    expect((await model.tasks.byIds(clusterName('another'), [stopped.id])).size).toBe(0);
    now += 1;
    expect((await model.tasks.byIds(stopped.cluster, [stopped.id])).size).toBe(0);
    expect(await model.tasks.createdAt(stopped.cluster, stopped.id)).toBe(stopped.createdAt);
    now = before;
  });

  it('finds the tasks of a client token within the given time', async () => {
    for (const row of tables.client_tokens.slice(0, 20)) {
      const cluster = clusterName(String(row['cluster']));
      const found = await model.clientTokens.find(cluster, String(row['token_hash']), 0);
      expect(found).toEqual({
        parametersHash: row['parameters_hash'],
        tasks: row['task_ids'],
        at: Number(row['at']),
        sequence: Number(row['sequence']),
      });
      expect(await model.clientTokens.find(cluster, String(row['token_hash']), found!.at + 1)).toBeUndefined();
    }
    expect(await model.clientTokens.find(busiest(), 'unknown', 0)).toBeUndefined();
  });

  it('adds up the tasks of one transaction with a token', async () => {
    const [first, second] = history.state.instances.values();
    const token = { tokenHash: 'two-instances', parametersHash: 'p' };
    const placed = (instance: ContainerInstance, id: string): DomainEvent => ({
      ...{ type: 'TasksPlaced', version: 1, cluster: first!.cluster, instance: instance.id, clientToken: token },
      tasks: [{ ...allTasks()[0]!, id: taskId(id.repeat(32)), containers: [] }],
    });
    await journal.commit({
      id: transactionId('00000000-0000-7000-8000-00000000aaaa'),
      events: [placed(first!, 'a'), placed(second!, 'b')],
      expectations: [],
      at: now,
      actor: 'service:test',
      cause: 'test',
    });
    await project();
    const found = await model.clientTokens.find(first!.cluster, 'two-instances', 0);
    expect(found?.tasks).toEqual(['a'.repeat(32), 'b'.repeat(32)]);
  });

  it('returns the account’s settings', async () => {
    expect(await model.accountSettings.all()).toEqual(history.state.accountSettings());
  });

  it('neither repeats nor hides an item while other items are added and removed', async () => {
    const cluster = busiest();
    const list = (page: PageRequest): Promise<Page<Task['id']>> =>
      model.tasks.list({ cluster, desiredStatus: 'RUNNING', ...page });
    const running = (): readonly string[] =>
      [...history.state.tasks.values()]
        .filter((task) => task.cluster === cluster && task.desiredStatus === 'RUNNING')
        .map(({ id }) => id);
    const before = running();
    const found = await walk(list, async () => {
      await commitHistory(journal, history, 10);
      await project();
    });
    const after = new Set(running());
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(before.filter((id) => after.has(id))));
  });

  describe('a token', () => {
    const INVALID = { code: 'InvalidParameterException', message: 'Invalid token.' } satisfies Partial<Refusal>;

    it('continues only the list that it was issued for', async () => {
      const { nextToken } = await model.taskDefinitions.list({ status: 'ACTIVE', sort: 'ASC', maxResults: 1 });
      await expect(model.taskDefinitions.list({ status: 'INACTIVE', sort: 'ASC', nextToken })).rejects.toMatchObject(
        INVALID,
      );
      await expect(model.taskDefinitions.list({ status: 'ACTIVE', sort: 'DESC', nextToken })).rejects.toMatchObject(
        INVALID,
      );
      await expect(model.clusters.list({ nextToken })).rejects.toMatchObject(INVALID);
      await model.taskDefinitions.list({ status: 'ACTIVE', sort: 'ASC', maxResults: 50, nextToken });
    });

    it('is rejected if it was altered or never issued', async () => {
      const { nextToken } = await model.taskDefinitions.list({ status: 'ACTIVE', sort: 'ASC', maxResults: 1 });
      const changed = Array.from(nextToken!).map(
        (character, at) => nextToken!.slice(0, at) + (character === 'A' ? 'B' : 'A') + nextToken!.slice(at + 1),
      );
      for (const token of [...changed, '', 'x', `${nextToken!} `, `${nextToken!}=`, '\u0000', '💥'.repeat(100)]) {
        await expect(
          model.taskDefinitions.list({ status: 'ACTIVE', sort: 'ASC', nextToken: token }),
        ).rejects.toMatchObject(INVALID);
      }
    });
  });

  it('takes any text literally', async () => {
    const odd = [
      `'; DROP TABLE tasks; --`,
      'a\u0000b',
      '\ud800',
      '%',
      '_',
      '\\',
      '$1',
      'x'.repeat(100_000),
      '日本語',
      '',
    ];
    for (const text of odd) {
      const cluster = clusterName(text);
      expect((await model.clusters.byNames([cluster])).size).toBe(0);
      expect((await model.tasks.byIds(cluster, [taskId(text)])).size).toBe(0);
      expect((await model.containerInstances.byIds(cluster, [instanceId(text)])).size).toBe(0);
      expect(
        await model.tasks.list({ cluster, desiredStatus: 'STOPPED', startedBy: text, family: text, launchType: text }),
      ).toEqual({ items: [] });
      expect(
        await model.containerInstances.attributes({ cluster: busiest(), attributeName: text, attributeValue: text }),
      ).toEqual({ items: [] });
      expect(await model.taskDefinitions.latestActive(text)).toBeUndefined();
      expect(await model.clientTokens.find(cluster, text, 0)).toBeUndefined();
      if (text)
        expect(await model.taskDefinitions.families({ familyPrefix: text, status: 'ALL' })).toEqual({ items: [] });
    }
  });

  it('reports that it is unavailable while Postgres is down', async () => {
    await source.destroy();
    await postgres.halt('SIGKILL');
    await expect(model.clusters.list({})).rejects.toThrow(ReadModelUnavailable);
    await expect(model.tasks.list({ cluster: busiest(), desiredStatus: 'RUNNING' })).rejects.toThrow(
      ReadModelUnavailable,
    );
    await postgres.resume();
    await expect(model.clusters.list({})).resolves.toMatchObject({ items: expect.any(Array) as unknown });
    source = await openTables(url);
  });
});
