import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ClearFailure } from '../clear-failure';

const run = promisify(execFile);

/** The label that an agent puts on everything that it makes in Docker, with the id of its instance. */
const INSTANCE_LABEL = 'stowage.instance';

/** How Docker lists and removes each kind of thing; containers first, for they use the others. */
const KINDS = [
  { name: 'container', list: ['ps', '--all', '--quiet'], remove: ['rm', '--force', '--volumes'] },
  { name: 'network', list: ['network', 'ls', '--quiet'], remove: ['network', 'rm'] },
  { name: 'volume', list: ['volume', 'ls', '--quiet'], remove: ['volume', 'rm', '--force'] },
] as const;

/** Removes everything that the agent of a container instance made in Docker. @throws ClearFailure */
export async function removeFromDocker(instance: string, tell: (sentence: string) => void): Promise<void> {
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
