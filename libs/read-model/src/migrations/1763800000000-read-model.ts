import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first schema. Text is ordered by code unit (`COLLATE "C"`), so that the order of pages does not depend on the
 * database's locale. Records are `json` instead of `jsonb`, because no query searches inside them, and jsonb rejects
 * U+0000 and does not keep the order of members (docs/decisions/0600-rows-hold-domain-records.md).
 */
export class ReadModel1763800000000 implements MigrationInterface {
  readonly name = 'ReadModel1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${table}`);
  }
}

const TABLES = [
  'checkpoint',
  'client_tokens',
  'account_settings',
  'task_definitions',
  'tasks',
  'container_instances',
  'clusters',
] as const;

const UP = [
  `CREATE TABLE clusters (
    name text COLLATE "C" PRIMARY KEY,
    status text COLLATE "C" NOT NULL,
    record json NOT NULL,
    sequence bigint NOT NULL
  ) WITH (fillfactor = 50)`,
  `CREATE INDEX clusters_active ON clusters (name) WHERE status = 'ACTIVE'`,

  `CREATE TABLE container_instances (
    id text COLLATE "C" PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    record json NOT NULL,
    sequence bigint NOT NULL
  ) WITH (fillfactor = 70)`,
  `CREATE INDEX container_instances_of_cluster ON container_instances (cluster, id) WHERE status <> 'INACTIVE'`,

  `CREATE TABLE tasks (
    id text COLLATE "C" PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    instance text COLLATE "C" NOT NULL,
    family text COLLATE "C" NOT NULL,
    started_by text COLLATE "C",
    service text COLLATE "C",
    launch_type text COLLATE "C" NOT NULL,
    desired_status text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    stopped_at bigint,
    record json NOT NULL,
    sequence bigint NOT NULL
  ) WITH (fillfactor = 80)`,
  // There are few running tasks, and they change often. There are many stopped tasks, and they do not change. Each
  // query for running tasks has an index that a change of status does not touch. One index serves the history.
  `CREATE INDEX tasks_of_cluster ON tasks (cluster, created_at, id) WHERE stopped_at IS NULL`,
  `CREATE INDEX tasks_of_instance ON tasks (instance, created_at, id) WHERE stopped_at IS NULL`,
  `CREATE INDEX tasks_started_by ON tasks (started_by, created_at, id)
    WHERE stopped_at IS NULL AND started_by IS NOT NULL`,
  `CREATE INDEX tasks_of_service ON tasks (service, created_at, id) WHERE stopped_at IS NULL AND service IS NOT NULL`,
  `CREATE INDEX tasks_stopped ON tasks (cluster, stopped_at) INCLUDE (created_at, id) WHERE stopped_at IS NOT NULL`,

  `CREATE TABLE task_definitions (
    family text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    status text COLLATE "C" NOT NULL,
    record json NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (family, revision)
  )`,
  `CREATE INDEX task_definitions_by_status ON task_definitions (status, family, revision)`,

  `CREATE TABLE account_settings (
    id text PRIMARY KEY CHECK (id = 'account'),
    record json NOT NULL,
    sequence bigint NOT NULL
  )`,

  `CREATE TABLE client_tokens (
    cluster text COLLATE "C" NOT NULL,
    token_hash text COLLATE "C" NOT NULL,
    parameters_hash text COLLATE "C" NOT NULL,
    task_ids text[] COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (cluster, token_hash)
  )`,

  `CREATE TABLE checkpoint (
    id text PRIMARY KEY CHECK (id = 'read-model'),
    journal text COLLATE "C",
    position bigint NOT NULL CHECK (position >= 0),
    projection integer NOT NULL
  ) WITH (fillfactor = 50)`,
  `INSERT INTO checkpoint (id, journal, position, projection) VALUES ('read-model', NULL, 0, 1)`,
] as const;
