import { readFileSync } from 'node:fs';
import { createDataSource, rebuildReadModel } from '@stowage/read-model';
import { readConfig, RuntimeConfig, startRuntime } from '@stowage/runtime';
import { IsString, MinLength } from 'class-validator';
import { UserError } from '../user-error';
import type { DataFolder } from '../shell/data-folder';

class DatabaseConfig {
  @IsString()
  @MinLength(1)
  databaseUrl!: string;
}

/**
 * Drops the read model and replays the journal into a new one while the services run. The addresses of NATS and
 * Postgres come from the services' variables, otherwise from the Stowage of this data folder.
 * @returns the position of the new rows when they replaced the old ones
 */
export async function rebuild(folder: DataFolder, environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  const settings = environment['STOWAGE_DATABASE_URL'] === undefined ? localSettings(folder) : environment;
  const { databaseUrl } = readConfig(DatabaseConfig, settings);
  const runtime = await startRuntime(readConfig(RuntimeConfig, { STOWAGE_LOG_LEVEL: 'warn', ...settings }), 'rebuild');
  const dataSource = createDataSource({ url: databaseUrl, applicationName: 'stowage-rebuild' });
  try {
    return (await rebuildReadModel(runtime, dataSource)).position;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await runtime.close();
  }
}

function localSettings(folder: DataFolder): Readonly<Record<string, string>> {
  try {
    // Only the supervisor writes this file, and only this command reads it.
    return JSON.parse(readFileSync(folder.controlPlaneSettings, 'utf8')) as Readonly<Record<string, string>>;
  } catch {
    throw new UserError(
      `Stowage was never started on ${folder.path}: run "npm start" first, or set STOWAGE_DATABASE_URL and STOWAGE_NATS_URLS.`,
    );
  }
}
