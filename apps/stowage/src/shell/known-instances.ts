import { readdir } from 'node:fs/promises';
import { joinedIdentity } from '@stowage/runtime';
import type { DataFolder } from './data-folder';

/** Returns the ids of all container instances that agents of this data folder have run as. */
export async function knownInstances(folder: DataFolder): Promise<readonly string[]> {
  const names = await readdir(folder.agents).catch(() => []);
  return names.flatMap((name) => joinedIdentity(folder.agent(name))?.instance ?? []);
}
