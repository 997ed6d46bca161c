import { journalId } from '@stowage/domain';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres';
import { openTables, SILENT } from '../../../test/support/read-model';
import { moveCheckpoint } from './projection/checkpoint';
import type { Sql } from './projection/sql';
import { ProjectedPosition } from './projected-position';
import { CheckpointRefused, ReadModelLagging, ReadModelUnavailable } from './read-model-errors';

const JOURNAL = journalId('00000000-0000-7000-8000-000000000000');
const OTHER = journalId('11111111-0000-7000-8000-000000000000');
/** Milliseconds; longer than an announcement takes and shorter than a test. */
const SOON_MS = 5_000;

describe('ProjectedPosition', () => {
  let postgres: TestPostgres;
  let url: string;
  let source: DataSource;
  const opened: ProjectedPosition[] = [];

  beforeAll(async () => void (postgres = await startPostgres()));
  beforeEach(async () => {
    url = await postgres.database();
    source = await openTables(url);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((position) => position.close()));
    await source.destroy();
  });
  afterAll(() => postgres.stop());

  function open(pollMs = 60_000): ProjectedPosition {
    const position = new ProjectedPosition({
      url,
      applicationName: 'test',
      journal: JOURNAL,
      logger: SILENT,
      reconnectMs: 10,
      pollMs,
    });
    opened.push(position);
    return position;
  }

  const move = (position: number, { announced = true, journal = JOURNAL } = {}): Promise<void> =>
    source.transaction((manager) => {
      const sql: Sql = (statement, parameters) => manager.query(statement, [...parameters]);
      return moveCheckpoint(sql, { journal, position }, announced);
    });

  it('finds the position that existed before it connected', async () => {
    await move(7);
    const position = open();
    await position.reached(7, SOON_MS);
    expect(position.current).toBe(7);
  });

  it('releases a reader as soon as the rows reach its position, and not before', async () => {
    const position = open();
    await position.reached(0, SOON_MS);
    const order: string[] = [];
    const waiting = [5, 6].map((sequence) =>
      position.reached(sequence, SOON_MS).then(() => order.push(String(sequence))),
    );
    await move(5);
    await waiting[0];
    order.push('moved again');
    await move(6);
    await Promise.all(waiting);
    expect(order).toEqual(['5', 'moved again', '6']);
  });

  it('reports that the rows lag if they do not reach the position in time', async () => {
    await move(3);
    const position = open();
    await position.reached(3, SOON_MS);
    await expect(position.reached(4, 20)).rejects.toThrow(ReadModelLagging);
  });

  it('reads the checkpoint when an announcement was lost', async () => {
    const position = open(20);
    await position.reached(0, SOON_MS);
    const waiting = position.reached(5, SOON_MS);
    await move(5, { announced: false });
    await waiting;
  });

  it('accepts a lower position after a rebuild', async () => {
    await move(9);
    const position = open();
    await position.reached(9, SOON_MS);
    await move(2);
    await expect.poll(() => position.current).toBe(2);
    await expect(position.reached(9, 20)).rejects.toThrow(ReadModelLagging);
  });

  it('ignores positions of another journal', async () => {
    await move(9, { journal: OTHER });
    const position = open();
    await expect(position.reached(1, SOON_MS)).rejects.toThrow(CheckpointRefused);
    await expect(position.reached(1, SOON_MS)).rejects.toThrow(CheckpointRefused);
  });

  it('ignores other messages on the channel', async () => {
    const position = open();
    await position.reached(0, SOON_MS);
    for (const nonsense of ['', '9', '[null]', '{"a":1}', '["x"]']) {
      await source.query(`SELECT pg_notify('stowage_projected', $1)`, [nonsense]);
    }
    await move(1);
    await position.reached(1, SOON_MS);
    expect(position.current).toBe(1);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'trusts no position while Postgres is down (%s), and recovers afterwards',
    async (signal) => {
      await move(4);
      const position = open();
      await position.reached(4, SOON_MS);
      await postgres.halt(signal);
      await expect.poll(() => position.current).toBe(0);
      await expect(position.reached(4, 50)).rejects.toThrow(ReadModelUnavailable);
      const waiting = position.reached(4, SOON_MS);
      await postgres.resume();
      await waiting;
    },
  );

  it('rejects waiting readers when it is closed, and leaves no connection behind', async () => {
    const position = open();
    await position.reached(0, SOON_MS);
    const waiting = position.reached(1, SOON_MS);
    await Promise.all([expect(waiting).rejects.toThrow(ReadModelUnavailable), position.close()]);
    const sessions = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'test-listener' AND datname = current_database()`;
    await expect.poll(() => source.query(sessions)).toEqual([]);
  });
});
