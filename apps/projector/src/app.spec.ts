import { clusterName, transactionId } from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import { readConfig, type RunningApp } from '@stowage/runtime';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppProcess } from '../../../test/support/app-process';
import { commitHistory, RandomHistory } from '../../../test/support/histories';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres';
import { foldedRecords, liveRecords, openTables, readTables } from '../../../test/support/read-model';
import { testRuntime, type TestRuntime } from '../../../test/support/runtime';
import { furtherPasses } from '../../../test/support/waits';
import { startProjector } from './app';
import { ProjectorConfig } from './config';

const SOON = { timeout: 20_000, interval: 10 };

describe('the projector', () => {
  let postgres: TestPostgres;
  let runtime: TestRuntime;
  let url: string;
  let source: DataSource;
  let apps: RunningApp[];
  /** Messages that the projectors of this process have logged as warnings or errors. */
  let logged: string[];

  beforeAll(async () => void (postgres = await startPostgres()));
  beforeEach(async () => {
    apps = [];
    logged = [];
    runtime = await testRuntime();
    url = await postgres.database();
    source = await openTables(url);
  });
  afterEach(async () => {
    for (const app of apps) await app.close();
    await source.destroy();
    await runtime.close();
  });
  afterAll(() => postgres.stop());

  const environment = (): Readonly<Record<string, string>> => ({
    STOWAGE_DATABASE_URL: url,
    STOWAGE_PROJECTION_RETRY_MS: '10',
    STOWAGE_PROJECTION_RETRY_MAX_MS: '50',
    STOWAGE_PROJECTION_REFUSED_RETRY_MS: '50',
    STOWAGE_PROJECTION_BATCH_EVENTS_MAX: '40',
  });

  async function start(): Promise<void> {
    const write = (line: string): number => logged.push((JSON.parse(line) as { readonly msg: string }).msg);
    const logger = pino({ level: 'warn' }, { write });
    apps.push(await startProjector({ ...runtime, logger }, readConfig(ProjectorConfig, environment())));
  }

  async function position(): Promise<number> {
    const [row] = await source.query<readonly { readonly position: string }[]>('SELECT position FROM checkpoint');
    return Number(row?.position);
  }

  async function projected(): Promise<void> {
    await expect.poll(position, SOON).toBe(await runtime.journal.lastSequence());
  }

  it('projects existing and new events of the journal to Postgres', async () => {
    const history = new RandomHistory({ seed: 1 });
    await commitHistory(runtime.journal, history, 300);
    await start();
    await projected();
    await commitHistory(runtime.journal, history, 300);
    await projected();
    expect(liveRecords(await readTables(source))).toEqual(foldedRecords(history.state));
    expect(foldedRecords(runtime.fold.state)).toEqual(foldedRecords(history.state));
  });

  it('starts without Postgres and projects when Postgres becomes available', async () => {
    const history = new RandomHistory({ seed: 2 });
    await commitHistory(runtime.journal, history, 100);
    await source.destroy();
    await postgres.halt('SIGINT');
    await start();
    await furtherPasses(() => logged.filter((message) => message.endsWith('will retry.')).length);
    await postgres.resume();
    source = await openTables(url);
    await projected();
    expect(liveRecords(await readTables(source))).toEqual(foldedRecords(history.state));
  });

  it('resumes at exactly its position each time its process is killed while it projects', async () => {
    const history = new RandomHistory({ seed: 3 });
    const alone = { ...environment(), STOWAGE_NATS_URLS: runtime.server.url, STOWAGE_LOG_LEVEL: 'warn' };
    let before = 0;
    for (let round = 0; round < 3; round += 1) {
      await commitHistory(runtime.journal, history, 1_500);
      const process = await AppProcess.start('projector', alone);
      await expect.poll(position, SOON).toBeGreaterThan(before);
      await process.end('SIGKILL');
      before = await position();
      expect(before, process.log).toBeLessThan(await runtime.journal.lastSequence());
    }
    const last = await AppProcess.start('projector', alone);
    await projected();
    expect(await last.end('SIGTERM')).toBe(0);
    const rows = await readTables(source);
    expect(liveRecords(rows)).toEqual(foldedRecords(history.state));

    await source.destroy();
    url = await postgres.database();
    source = await openTables(url);
    await start();
    await projected();
    expect(await readTables(source)).toEqual(rows);
  }, 120_000);

  it('stops at an event of a newer version, and skips nothing', async () => {
    const history = new RandomHistory({ seed: 4 });
    await commitHistory(runtime.journal, history, 50);
    await start();
    await projected();
    const known = await position();
    await publishNewer();
    await expect.poll(() => runtime.journal.lastSequence(), SOON).toBe(known + 1);
    await runtime.journal.commit({
      id: transactionId('00000000-0000-7000-8000-0000000000ff'),
      events: [{ type: 'ClusterDeleted', version: 1, cluster: clusterName('after') }],
      expectations: [],
      at: 1,
      actor: 'service:test',
      cause: 'test',
    });
    await expect(runtime.fold.reached(known + 2, SOON.timeout)).rejects.toThrow('does not know');
    expect(await position()).toBe(known);

    const another = await AppProcess.start('projector', { ...environment(), STOWAGE_NATS_URLS: runtime.server.url });
    await expect.poll(() => another.log, SOON).toMatch(/does not know/);
    await another.end('SIGKILL');
    expect(await position()).toBe(known);
  }, 60_000);

  /** Writes an event as a later version of Stowage would. */
  async function publishNewer(): Promise<void> {
    const event = { type: 'ClusterRenamed', version: 1, cluster: 'a', name: 'b' };
    const transaction = '00000000-0000-7000-8000-0000000000fe';
    const body = { transaction, part: 1, of: 1, at: 1, actor: 'service:test', cause: 'test', event };
    await runtime.nats.jetstream().publish(subjectOf({ kind: 'cluster', cluster: 'a' }), JSON.stringify(body));
  }
});
