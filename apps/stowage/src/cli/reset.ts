import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lockData, lockHolder } from '../shell/data-lock';
import { type DataFolder, STATE_ENTRIES } from '../shell/data-folder';
import { knownInstances } from '../shell/known-instances';
import { stopHaproxy, stopOrphans, stopProcess } from '../shell/own-processes';
import { removeFromDocker } from '../shell/remove-from-docker';

/** Longer than a supervisor needs to stop all its processes one after the other. */
const END_TIMEOUT_MS = 60_000;

/**
 * Removes everything that the Stowage of this data folder created: its processes, its agents' resources in Docker, and
 * its state. Keeps the fetched tools, and all resources of other programs or of a Stowage with another data folder.
 */
export async function reset(folder: DataFolder, report: (sentence: string) => void): Promise<void> {
  if (!existsSync(folder.path)) {
    report(`${folder.path} does not exist: there is nothing to reset.`);
    return;
  }
  const supervisor = lockHolder(folder.path);
  if (supervisor !== undefined) {
    report(`Stopping the running Stowage (process ${String(supervisor)}).`);
    await stopProcess(supervisor, 'SIGTERM', END_TIMEOUT_MS);
  }
  const lock = await lockData(folder.path);
  try {
    await stopOrphans(folder.path, report);
    await stopHaproxy(folder.path);
    for (const instance of await knownInstances(folder)) await removeFromDocker(instance, report);
    for (const entry of STATE_ENTRIES) await rm(join(folder.path, entry), { recursive: true, force: true });
  } finally {
    lock.release();
  }
  for (const place of [folder.certificates, folder.path]) await removeIfEmpty(place);
  report(`Reset is done: ${folder.path} has no state any more.`);
}

/** Keeps files that the user put there, such as certificates. */
async function removeIfEmpty(place: string): Promise<void> {
  if (existsSync(place) && (await readdir(place)).length === 0) await rmdir(place);
}
