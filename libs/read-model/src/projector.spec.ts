import { setTimeout as delay } from 'node:timers/promises';
import { type DomainEvent, journalId, transactionId } from '@stowage/domain';
import { type CommittedTransaction, MemoryJournal } from '@stowage/journal';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { commitHistory, RandomHistory } from '../../../test/support/histories';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres';
import { foldedRecords, liveRecords, openTables, readTables, SILENT } from '../../../test/support/read-model';
import { furtherPasses } from '../../../test/support/waits';
import { ProjectedPosition } from './projected-position';
import { Projector, type ProjectorOptions } from './projector';
import { rebuildReadModel, RebuildInProgress } from './rebuild';

const FAST: Partial<ProjectorOptions> = { retryMs: 10, retryMaxMs: 50, refusedRetryMs: 20 };

/** The history of the fold test as a journal, committed at once and in order. */
async function journalOf(history: RandomHistory, events: number): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  await commitHistory(journal, history, events);
  return journal;
}

describe('Projector', () => {
  let postgres: TestPostgres;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => void (postgres = await startPostgres()));
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => postgres.stop());

  async function tables(url?: string): Promise<DataSource> {
    const source = await openTables(url ?? (await postgres.database()));
    closing.push(() => source.destroy());
    return source;
  }

  function project(journal: MemoryJournal, dataSource: DataSource, options: Partial<ProjectorOptions> = {}): Projector {
    const projector = new Projector({ journal, dataSource, logger: SILENT, options: { ...FAST, ...options } });
    const stopping = new AbortController();
    const running = projector.run(stopping.signal);
    closing.push(() => {
      stopping.abort();
      return running;
    });
    return projector;
  }

  async function reached(projector: Projector, journal: MemoryJournal): Promise<void> {
    const end = await journal.lastSequence();
    await vi.waitFor(() => expect(projector.position).toBe(end), { timeout: 20_000, interval: 5 });
  }

  it.each([1, 2, 3, 4])('makes rows that are equal to the fold, record for record (seed %i)', async (seed) => {
    const history = new RandomHistory({ seed });
    const journal = await journalOf(history, 2_000);
    const source = await tables();
    await reached(project(journal, source, { batchEventsMax: 97 }), journal);
    const rows = await readTables(source);
    expect(liveRecords(rows)).toEqual(foldedRecords(history.state));
    expect(rows.checkpoint).toEqual([
      { id: 'read-model', journal: journal.id, position: String(await journal.lastSequence()), projection: 1 },
    ]);
  });

  it('makes the same rows with any size of batches', async () => {
    const journal = await journalOf(new RandomHistory({ seed: 5 }), 600);
    const results = [];
    for (const batchEventsMax of [1, 13, 10_000]) {
      const source = await tables();
      await reached(project(journal, source, { batchEventsMax }), journal);
      results.push(await readTables(source));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('keeps the history: stopped tasks and deregistered instances', async () => {
    const history = new RandomHistory({ seed: 6 });
    const journal = await journalOf(history, 2_000);
    const source = await tables();
    await reached(project(journal, source), journal);
    const { tasks, container_instances: instances } = await readTables(source);
    expect(tasks.length).toBeGreaterThan(history.state.tasks.size + 100);
    expect(instances.some(({ status }) => status === 'INACTIVE')).toBe(true);
  });

  it('runs ANALYZE on tables that have grown, without waiting for autovacuum', async () => {
    const history = new RandomHistory({ seed: 6 });
    const journal = await journalOf(history, 500);
    const source = await tables();
    await reached(project(journal, source), journal);
    const believed = async (): Promise<number> => {
      const [row] = await source.query<readonly { readonly reltuples: number }[]>(
        `SELECT reltuples FROM pg_class WHERE oid = 'tasks'::regclass`,
      );
      return row?.reltuples ?? 0;
    };
    expect(await believed()).toBeLessThanOrEqual(0);
    await commitHistory(journal, history, 1_000);
    await vi.waitFor(async () => expect(await believed()).toBeGreaterThan(10), { timeout: 20_000 });
  });

  it('projects a single event at once', async () => {
    const history = new RandomHistory({ seed: 7 });
    const journal = await journalOf(history, 10);
    const projector = project(journal, await tables());
    await reached(projector, journal);
    const began = performance.now();
    for (let count = 0; count < 20; count += 1) {
      await journal.commit(history.next());
      await reached(projector, journal);
    }
    // Each of the 20 rounds takes a commit, a transaction and a 5 ms poll. A batching delay would exceed the limit.
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('writes each event once when several projectors write the same tables', async () => {
    const history = new RandomHistory({ seed: 8 });
    const journal = await journalOf(history, 500);
    const url = await postgres.database();
    const projectors = [];
    for (const batchEventsMax of [7, 50, 50]) projectors.push(project(journal, await tables(url), { batchEventsMax }));
    for (let round = 0; round < 100; round += 1) {
      await commitHistory(journal, history, 20);
      await delay(2); // Paces the writes, so that the projectors write several batches.
    }
    for (const projector of projectors) await reached(projector, journal);
    const rows = await readTables(await tables(url));
    expect(liveRecords(rows)).toEqual(foldedRecords(history.state));
    const alone = await tables();
    await reached(project(journal, alone), journal);
    expect(rows).toEqual(await readTables(alone));
  });

  it('announces its position to readers with each commit', async () => {
    const history = new RandomHistory({ seed: 19 });
    const journal = await journalOf(history, 50);
    const url = await postgres.database();
    project(journal, await tables(url));
    const options = { url, applicationName: 'test', journal: journal.id, logger: SILENT, pollMs: 60_000 };
    const position = new ProjectedPosition(options);
    closing.push(() => position.close());
    for (let round = 0; round < 5; round += 1) {
      const { sequence } = await journal.commit(history.next());
      await position.reached(sequence, 5_000);
    }
  });

  it('waits while Postgres is down and catches up afterwards, whether Postgres was stopped or killed', async () => {
    const history = new RandomHistory({ seed: 9 });
    const journal = await journalOf(history, 300);
    const url = await postgres.database();
    const projector = project(journal, await tables(url), { batchEventsMax: 20 });
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      await commitHistory(journal, history, 1_000);
      await postgres.halt(signal);
      await commitHistory(journal, history, 200);
      await vi.waitFor(() => expect(projector.state).toBe('waiting'));
      await postgres.resume();
    }
    await reached(projector, journal);
    expect(projector.state).toBe('following');
    const rows = await readTables(await tables(url));
    expect(liveRecords(rows)).toEqual(foldedRecords(history.state));
  });

  it('keeps unusual text unchanged', async () => {
    const journal = new MemoryJournal();
    const family = 'odd';
    const texts = ['null\u0000byte', '\ud800', '"\\', '{}', '日本語 🚢', ''];
    const definition = { family, containerDefinitions: texts.map((name) => ({ name })) };
    await commit(journal, [
      { type: 'TaskDefinitionRegistered', version: 1, family, revision: 1, definition, tags: [], registeredBy: 'x' },
    ]);
    const source = await tables();
    await reached(project(journal, source), journal);
    const [row] = (await readTables(source)).task_definitions;
    expect(row?.record).toMatchObject({ definition });
  });

  describe('rejects', () => {
    async function refused(projector: Projector): Promise<void> {
      await vi.waitFor(() => expect(projector.state).toBe('refused'), { timeout: 5_000 });
    }

    it('rows of another journal, until they are rebuilt', async () => {
      const [history, other] = [new RandomHistory({ seed: 10 }), new RandomHistory({ seed: 11 })];
      const source = await tables();
      const first = await journalOf(history, 100);
      await reached(project(first, source), first);
      const before = await readTables(source);

      const second = new MemoryJournal({ id: journalId('11111111-0000-7000-8000-000000000000') });
      await commitHistory(second, other, 300);
      const projector = project(second, source);
      await refused(projector);
      expect(await readTables(source)).toEqual(before);

      await rebuildReadModel({ journal: second, logger: SILENT }, source);
      await reached(projector, second);
      expect(liveRecords(await readTables(source))).toEqual(foldedRecords(other.state));
    });

    it('a position after the journal’s end', async () => {
      const source = await tables();
      const long = await journalOf(new RandomHistory({ seed: 12 }), 200);
      await reached(project(long, source), long);
      const short = await journalOf(new RandomHistory({ seed: 12 }), 50);
      await refused(project(short, source));
    });

    it('a position in the middle of a transaction', async () => {
      const source = await tables();
      await source.query('UPDATE checkpoint SET position = 3');
      const journal = await journalOf(new RandomHistory({ seed: 13 }), 1);
      await commit(
        journal,
        [1, 2, 3, 4].map((at) => clusterCreated(`c${String(at)}`)),
      );
      await refused(project(journal, source));
    });

    it('rows of another version of the projection', async () => {
      const source = await tables();
      await source.query('UPDATE checkpoint SET projection = 2');
      await refused(project(await journalOf(new RandomHistory({ seed: 14 }), 10), source));
    });
  });

  describe('a rebuild', () => {
    it('makes the same rows again, table by table', async () => {
      const history = new RandomHistory({ seed: 16 });
      const journal = await journalOf(history, 3_000);
      const source = await tables();
      await reached(project(journal, source), journal);
      const before = await readTables(source);
      await source.query(`UPDATE tasks SET record = '{}'`);
      await source.query('DELETE FROM clusters');
      expect(await readTables(source)).not.toEqual(before);
      const { position } = await rebuildReadModel({ journal, logger: SILENT }, source);
      expect(position).toBe(await journal.lastSequence());
      expect(await readTables(source)).toEqual(before);
    });

    it('replaces the rows while projectors write and readers read, without moving the position back', async () => {
      const history = new RandomHistory({ seed: 17 });
      const journal = await journalOf(history, 1_000);
      const source = await tables();
      const projector = project(journal, source, { batchEventsMax: 50 });
      await reached(projector, journal);
      const seen: number[] = [];
      const rebuilding = new AbortController();
      const reading = (async (): Promise<void> => {
        for (let least = 0; !rebuilding.signal.aborted; least = seen.at(-1) ?? 0) {
          const [row] = await source.query<readonly { position: string; tasks: string }[]>(
            `SELECT position, (SELECT count(*) FROM tasks) AS tasks FROM checkpoint`,
          );
          expect(Number(row?.tasks)).toBeGreaterThan(100);
          expect(Number(row?.position)).toBeGreaterThanOrEqual(least);
          seen.push(Number(row?.position));
        }
      })();
      const writing = (async (): Promise<void> => {
        while (!rebuilding.signal.aborted) {
          await commitHistory(journal, history, 10);
          await delay(2); // Paces the writes.
        }
      })();
      await rebuildReadModel({ journal, logger: SILENT }, source);
      await furtherPasses(() => seen.length, 5);
      rebuilding.abort();
      await Promise.all([reading, writing]);
      await reached(projector, journal);
      expect(liveRecords(await readTables(source))).toEqual(foldedRecords(history.state));
    });

    it('is rejected while another one runs', async () => {
      const journal = await journalOf(new RandomHistory({ seed: 18 }), 2_000);
      const source = await tables();
      const both = await Promise.allSettled([1, 2].map(() => rebuildReadModel({ journal, logger: SILENT }, source)));
      const refusals = both.filter((result) => result.status === 'rejected');
      expect(refusals.map(({ reason }) => reason as unknown)).toEqual([expect.any(RebuildInProgress)]);
    });
  });
});

const clusterCreated = (name: string): DomainEvent =>
  ({
    type: 'ClusterCreated',
    version: 1,
    cluster: name,
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
  }) as unknown as DomainEvent;

async function commit(
  journal: MemoryJournal,
  events: readonly DomainEvent[],
): Promise<CommittedTransaction['sequence']> {
  const id = transactionId(`00000000-0000-7000-8000-${String(await journal.lastSequence()).padStart(12, '0')}`);
  const transaction = { id, events, expectations: [], at: 1, actor: 'service:test', cause: 'test' };
  return (await journal.commit(transaction)).sequence;
}
