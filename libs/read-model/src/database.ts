import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { ReadModel1763800000000 } from './migrations/1763800000000-read-model';
import { Services1763810000000 } from './migrations/1763810000000-services';
import { LoadBalancing1763820000000 } from './migrations/1763820000000-load-balancing';
import { isUnavailable, ReadModelUnavailable } from './read-model-errors';
import { ROWS } from './projection/tables';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly applicationName: string;
  readonly poolSize?: number;
  /** Timeout in milliseconds for a connection attempt, and for each statement. */
  readonly timeoutMs?: number;
}

const POOL_SIZE = 10;
const TIMEOUT_MS = 5_000;
/** Key of the advisory lock that protects the migration: "stow" in ASCII, and a number. */
const MIGRATION_LOCK = [0x73746f77, 1] as const;

/** Returns a data source for the read model's tables. It does not connect yet. */
export function createDataSource(options: DatabaseOptions): DataSource {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  return new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: [...ROWS],
    migrations: [ReadModel1763800000000, Services1763810000000, LoadBalancing1763820000000],
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolSize: options.poolSize ?? POOL_SIZE,
    connectTimeoutMS: timeoutMs,
    // The pool replaces an idle connection that breaks. The next statement reports the error to its caller.
    poolErrorHandler: () => undefined,
    extra: { statement_timeout: timeoutMs, query_timeout: timeoutMs + 1_000, keepAlive: true },
  });
}

/** Returns a data source for the same tables in another schema of the same database. */
export function inSchema(source: DataSource, schema: string): DataSource {
  const options = source.options as PostgresDataSourceOptions;
  const extra = options.extra as Readonly<Record<string, unknown>>;
  return new DataSource({ ...options, extra: { ...extra, options: `-c search_path=${schema}` } });
}

/** Source of the rows for queries: the current tables, or the tables as of an earlier moment. */
export interface Tables {
  use<T>(work: (tables: Pick<EntityManager, 'getRepository'>) => Promise<T>): Promise<T>;
}

/** A `DataSource` that connects at first use and throws `ReadModelUnavailable` while Postgres is unavailable. */
export class Database implements Tables {
  private connecting: Promise<unknown> | undefined;

  constructor(readonly dataSource: DataSource) {}

  /**
   * Runs `work` with a connected data source, and passes on what it throws.
   * @throws ReadModelUnavailable if Postgres cannot be reached or does not answer in time.
   */
  async use<T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> {
    try {
      await this.connected();
      return await work(this.dataSource);
    } catch (error) {
      throw isUnavailable(error)
        ? new ReadModelUnavailable('The read model cannot be reached.', { cause: error })
        : error;
    }
  }

  async close(): Promise<void> {
    await this.connecting?.catch(() => undefined);
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async connected(): Promise<void> {
    if (this.dataSource.isInitialized) return;
    this.connecting ??= this.dataSource.initialize().finally(() => (this.connecting = undefined));
    await this.connecting;
  }
}

/** Creates or updates the schema. An advisory lock serializes processes that migrate at the same time. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1, $2)', [...MIGRATION_LOCK]);
    try {
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await lock.query('SELECT pg_advisory_unlock($1, $2)', [...MIGRATION_LOCK]);
    }
  } finally {
    await lock.release();
  }
}

/** Runs {@link migrate} on a connection of its own. */
export async function migrateReadModel(url: string): Promise<void> {
  const database = new Database(createDataSource({ url, applicationName: 'stowage-migration', poolSize: 2 }));
  try {
    await database.use(migrate);
  } finally {
    await database.close();
  }
}
