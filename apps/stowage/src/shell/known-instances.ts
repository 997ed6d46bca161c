import type { DataFolder } from './data-folder';

/** The ids of the container instances that the agents of this data folder are or were. */
export function knownInstances(_folder: DataFolder): Promise<readonly string[]> {
  return Promise.resolve([]);
}
