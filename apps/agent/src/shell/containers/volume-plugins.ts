import { readdir } from 'node:fs/promises';
import { parse } from 'node:path';

/**
 * Directories in which Docker finds plugins that run as processes of the machine: their sockets, or files with their
 * addresses.
 */
const FOLDERS = ['/run/docker/plugins', '/etc/docker/plugins', '/usr/lib/docker/plugins'];
const EXTENSIONS = new Set(['.sock', '.spec', '.json']);

/**
 * Returns the names of plugins that Docker loads when a container first needs one. Docker does not list them before.
 * The agent offers every plugin as a volume driver, as ECS does.
 */
export async function findPlugins(folders = FOLDERS): Promise<readonly string[]> {
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])));
  const names = files
    .flat()
    .map((file) => parse(file))
    .filter(({ ext }) => EXTENSIONS.has(ext))
    .map(({ name }) => name);
  return [...new Set(names)].sort();
}
