import { readFileSync } from 'node:fs';
import { createDataSource, rebuildReadModel } from '@stowage/read-model';
import { readConfig, RuntimeConfig, startRuntime } from '@stowage/runtime';
import { IsString, MinLength } from 'class-validator';
import { ClearFailure } from '../clear-failure';
import type { DataFolder } from '../shell/data-folder';

class DatabaseConfig {
  @IsString()
  @MinLength(1)
  databaseUrl!: string;
}

/**
 * Drops the read model and replays the journal into it, under the running services. Where to find both comes from the
 * variables that every service reads, else from the Stowage of this data folder.
 * @returns the position that the new rows had when they took the old ones' place
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
    // Written by the supervisor, read by nobody else.
    return JSON.parse(readFileSync(folder.controlPlaneSettings, 'utf8')) as Readonly<Record<string, string>>;
  } catch {
    throw new ClearFailure(
      `No Stowage was started on ${folder.path}: start it first, or set STOWAGE_DATABASE_URL and STOWAGE_NATS_URLS.`,
    );
  }
}
