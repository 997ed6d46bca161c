import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Load balancers and target groups. Existing journals contain neither, so the new tables start empty. */
export class LoadBalancing1763820000000 implements MigrationInterface {
  readonly name = 'LoadBalancing1763820000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE target_groups');
    await runner.query('DROP TABLE load_balancers');
  }
}

const UP = [
  `CREATE TABLE load_balancers (
    name text COLLATE "C" PRIMARY KEY,
    target_groups text[] COLLATE "C" NOT NULL,
    record json NOT NULL,
    sequence bigint NOT NULL
  )`,
  `CREATE TABLE target_groups (
    name text COLLATE "C" PRIMARY KEY,
    record json NOT NULL,
    sequence bigint NOT NULL
  ) WITH (fillfactor = 50)`,
] as const;
