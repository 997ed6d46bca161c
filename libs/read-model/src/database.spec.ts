import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres';
import { createDataSource, Database, migrate } from './database';
import { ReadModelUnavailable } from './read-model-errors';

describe('the read model’s database', () => {
  let postgres: TestPostgres;
  beforeAll(async () => void (postgres = await startPostgres()));
  afterAll(() => postgres.stop());

  it('has a schema that matches the mapping of the rows', async () => {
    const database = new Database(createDataSource({ url: await postgres.database(), applicationName: 'test' }));
    const drift = await database.use(async (source) => (await source.driver.createSchemaBuilder().log()).upQueries);
    // Only the migration defines indexes, collations and checks. A column that differs would appear here.
    expect(drift.map(({ query }) => query).filter((query) => query.includes('COLUMN'))).toEqual([]);
    await database.close();
  });

  it('is migrated once when several processes start together', async () => {
    const url = await postgres.database();
    const databases = [1, 2, 3].map(() => new Database(createDataSource({ url, applicationName: 'test' })));
    await databases[0]!.use((source) => source.undoLastMigration());
    await Promise.all(databases.map((database) => database.use(migrate)));
    const [applied, known] = await databases[0]!.use(async (source) => [
      await source.query<{ readonly name: string }[]>('SELECT name FROM migrations ORDER BY id'),
      source.migrations.map(({ name }) => name),
    ]);
    expect(applied.map(({ name }) => name)).toEqual(known);
    await Promise.all(databases.map((database) => database.close()));
  });

  it('reports that it is unavailable while Postgres is down, and works again afterwards', async () => {
    const url = await postgres.database();
    const database = new Database(createDataSource({ url, applicationName: 'test' }));
    const ask = (): Promise<unknown> => database.use((source) => source.query('SELECT 1 AS one'));
    await postgres.halt('SIGKILL');
    await expect(ask()).rejects.toThrow(ReadModelUnavailable);
    await postgres.resume();
    await expect(ask()).resolves.toEqual([{ one: 1 }]);
    await postgres.halt('SIGINT');
    await expect(ask()).rejects.toThrow(ReadModelUnavailable);
    await postgres.resume();
    await expect(ask()).resolves.toEqual([{ one: 1 }]);
    await database.close();
  });
});
