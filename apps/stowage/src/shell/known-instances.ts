import { readdir } from 'node:fs/promises';
import { joinedIdentity } from '@stowage/runtime';
import type { DataFolder } from './data-folder';

/** The ids of the container instances that the agents of this data folder are, or were. */
export async function knownInstances(folder: DataFolder): Promise<readonly string[]> {
  const names = await readdir(folder.agents).catch(() => []);
  return names.flatMap((name) => joinedIdentity(folder.agent(name))?.instance ?? []);
}
