import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lockData, lockHolder } from '../shell/data-lock';
import { type DataFolder, STATE_ENTRIES } from '../shell/data-folder';
import { knownInstances } from '../shell/known-instances';
import { endHaproxy, endOrphans, endProcess } from '../shell/own-processes';
import { removeFromDocker } from '../shell/remove-from-docker';

/** Longer than a supervisor needs to end all its processes one after the other. */
const END_TIMEOUT_MS = 60_000;

/**
 * Removes what the Stowage of this data folder made: its processes, what its agents made in Docker, its state. What other
 * programs made, or a Stowage with other data, it does not touch; and it keeps the tools that the set-up fetched.
 */
export async function reset(folder: DataFolder, tell: (sentence: string) => void): Promise<void> {
  if (!existsSync(folder.path)) {
    tell(`There is no ${folder.path}: nothing to reset.`);
    return;
  }
  const supervisor = lockHolder(folder.path);
  if (supervisor !== undefined) {
    tell(`Ending the running Stowage (process ${String(supervisor)}).`);
    await endProcess(supervisor, 'SIGTERM', END_TIMEOUT_MS);
  }
  const lock = await lockData(folder.path);
  try {
    await endOrphans(folder.path, tell);
    await endHaproxy(folder.path);
    for (const instance of await knownInstances(folder)) await removeFromDocker(instance, tell);
    for (const entry of STATE_ENTRIES) await rm(join(folder.path, entry), { recursive: true, force: true });
  } finally {
    lock.release();
  }
  for (const place of [folder.certificates, folder.path]) await removeIfEmpty(place);
  tell(`Reset: nothing is left of the state in ${folder.path}.`);
}

/** What a user put there stays: their certificates, and other files beside ours. */
async function removeIfEmpty(place: string): Promise<void> {
  if (existsSync(place) && (await readdir(place)).length === 0) await rmdir(place);
}
