import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ClearFailure } from '../clear-failure';
import { lockData, lockHolder } from '../shell/data-lock';
import { type DataFolder, STATE_ENTRIES } from '../shell/data-folder';
import { knownInstances } from '../shell/known-instances';
import { endHaproxy, endOrphans, endProcess } from '../shell/own-processes';

const run = promisify(execFile);

/** Longer than a supervisor needs to end all its processes one after the other. */
const END_TIMEOUT_MS = 60_000;

/** The label that an agent puts on everything that it makes in Docker, with the id of its instance. */
const INSTANCE_LABEL = 'stowage.instance';

/** How Docker lists and removes each kind of thing; containers first, for they use the others. */
const KINDS = [
  { name: 'container', list: ['ps', '--all', '--quiet'], remove: ['rm', '--force', '--volumes'] },
  { name: 'network', list: ['network', 'ls', '--quiet'], remove: ['network', 'rm'] },
  { name: 'volume', list: ['volume', 'ls', '--quiet'], remove: ['volume', 'rm', '--force'] },
] as const;

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

async function removeFromDocker(instance: string, tell: (sentence: string) => void): Promise<void> {
  for (const { name, list, remove } of KINDS) {
    const found = (await docker([...list, '--filter', `label=${INSTANCE_LABEL}=${instance}`])).split('\n');
    const ids = found.filter((id) => id !== '');
    if (ids.length === 0) continue;
    await docker([...remove, ...ids]);
    tell(`Removed ${String(ids.length)} ${name}${ids.length === 1 ? '' : 's'} of instance ${instance}.`);
  }
}

async function docker(args: readonly string[]): Promise<string> {
  try {
    return (await run('docker', args)).stdout;
  } catch (error) {
    throw new ClearFailure(`Docker cannot be asked: ${error instanceof Error ? error.message : String(error)}`);
  }
}
