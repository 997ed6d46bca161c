import { readdir } from 'node:fs/promises';
import { parse } from 'node:path';

/** Where Docker looks for plugins that run as processes of the machine: sockets, and files that say where they listen. */
const FOLDERS = ['/run/docker/plugins', '/etc/docker/plugins', '/usr/lib/docker/plugins'];
const EXTENSIONS = new Set(['.sock', '.spec', '.json']);

/**
 * Returns the names of plugins that Docker loads when a container first needs one; until then Docker does not list them.
 * As with ECS, a plugin is offered as a volume driver whatever it does.
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
