import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorText } from '@stowage/concurrency';
import { UserError } from '../user-error';

const run = promisify(execFile);

/** Label on every Docker object that an agent creates. Its value is the id of the container instance. */
const INSTANCE_LABEL = 'stowage.instance';

/** Docker's commands for each kind of object. Containers are first, because they use the others. */
const KINDS = [
  { name: 'container', list: ['ps', '--all', '--quiet'], remove: ['rm', '--force', '--volumes'] },
  { name: 'network', list: ['network', 'ls', '--quiet'], remove: ['network', 'rm'] },
  { name: 'volume', list: ['volume', 'ls', '--quiet'], remove: ['volume', 'rm', '--force'] },
] as const;

/**
 * Removes all Docker objects of a container instance. @throws UserError if Docker does not respond or rejects a
 * removal.
 */
export async function removeFromDocker(instance: string, report: (sentence: string) => void): Promise<void> {
  for (const { name, list, remove } of KINDS) {
    const found = (await docker([...list, '--filter', `label=${INSTANCE_LABEL}=${instance}`])).split('\n');
    const ids = found.filter((id) => id !== '');
    if (ids.length === 0) continue;
    await docker([...remove, ...ids]);
    report(`Removed ${String(ids.length)} ${name}${ids.length === 1 ? '' : 's'} of instance ${instance}.`);
  }
}

async function docker(args: readonly string[]): Promise<string> {
  try {
    return (await run('docker', args)).stdout;
  } catch (error) {
    throw new UserError(`Docker is not available: ${errorText(error)}`);
  }
}
