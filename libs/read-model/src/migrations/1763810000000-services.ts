import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Services and their deployments. Existing journals contain neither, so the new tables start empty. */
export class Services1763810000000 implements MigrationInterface {
  readonly name = 'Services1763810000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE service_deployments');
    await runner.query('DROP TABLE services');
  }
}

const UP = [
  `CREATE TABLE services (
    key text COLLATE "C" PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    launch_type text COLLATE "C",
    scheduling_strategy text COLLATE "C" NOT NULL,
    record json NOT NULL,
    sequence bigint NOT NULL
  ) WITH (fillfactor = 50)`,
  `CREATE INDEX services_of_cluster ON services (cluster, name) WHERE status = 'ACTIVE'`,

  `CREATE TABLE service_deployments (
    id text COLLATE "C" PRIMARY KEY,
    service_key text COLLATE "C" NOT NULL,
    revision text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    record json NOT NULL,
    sequence bigint NOT NULL
  )`,
  `CREATE INDEX service_deployments_of_service ON service_deployments (service_key, created_at, id)`,
  `CREATE INDEX service_deployments_by_revision ON service_deployments (revision)`,
] as const;
