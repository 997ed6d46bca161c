import type * as Ecs from '../ecs/shapes';
import { NAME_PATTERN } from '../ids';
import { clientError } from '../refusal';
import { checkLabels } from './labels';

/** Docker's pattern for volume names. The agent extends the names of volumes with the scope of one task. */
const SHARED_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]+$/;

/** Checks names, uniqueness, and that each volume has one kind. @throws Refusal */
export function checkVolumes(volumes: readonly Ecs.Volume[]): void {
  const names = new Set<string>();
  for (const { name, host, dockerVolumeConfiguration } of volumes) {
    if (!name) throw clientError('Volume.name should not be null or empty.');
    if (!NAME_PATTERN.test(name)) throw clientError('Volume.name contains invalid characters.');
    if (names.has(name))
      throw clientError(`Volume names must be unique within a task definition. '${name}' is specified more than once.`);
    names.add(name);
    if (host?.sourcePath !== undefined && dockerVolumeConfiguration) {
      throw clientError(`Volume '${name}' cannot have both 'host' and 'dockerVolumeConfiguration'.`);
    }
    if (host?.sourcePath && !host.sourcePath.startsWith('/')) {
      throw clientError(`Invalid 'sourcePath' setting for volume '${name}': it must be an absolute path.`);
    }
    if (dockerVolumeConfiguration?.autoprovision && dockerVolumeConfiguration.scope !== 'shared') {
      throw clientError(`Volume '${name}' can only have 'autoprovision' when its scope is 'shared'.`);
    }
    if (dockerVolumeConfiguration?.scope === 'shared' && !SHARED_NAME_PATTERN.test(name)) {
      throw clientError(
        `Volume '${name}' cannot have the scope 'shared': Docker volume names have at least two characters and start with a letter or digit.`,
      );
    }
    checkLabels(dockerVolumeConfiguration?.labels, (why) =>
      clientError(`Invalid 'labels' setting for volume '${name}': ${why}.`),
    );
  }
}
