import type * as Ecs from '../ecs/shapes';
import { NAME_PATTERN } from '../ids';
import { clientError } from '../refusal';

/** Names, uniqueness, and that each volume is one kind of volume. */
export function checkVolumes(volumes: readonly Ecs.Volume[]): void {
  const names = new Set<string>();
  for (const { name, host, dockerVolumeConfiguration } of volumes) {
    if (!name) throw clientError('Volume.name should not be null or empty.');
    if (!NAME_PATTERN.test(name)) throw clientError('Volume.name contains invalid characters.');
    if (names.has(name))
      throw clientError(`Volume names must be unique within a task definition. '${name}' is there twice.`);
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
  }
}

/** That a container's mounts are of volumes of the task and go to different places. */
export function checkMountPoints(container: Ecs.ContainerDefinition, volumes: readonly Ecs.Volume[]): void {
  const paths = new Set<string>();
  for (const { sourceVolume, containerPath } of container.mountPoints ?? []) {
    if (!volumes.some(({ name }) => name === sourceVolume))
      throw clientError(`Unknown volume '${sourceVolume ?? ''}'.`);
    const invalid = (why: string): Error =>
      clientError(`Invalid 'mountPoints' setting for container '${container.name ?? ''}': ${why}.`);
    if (!containerPath?.startsWith('/')) throw invalid("'containerPath' must be an absolute path");
    if (paths.has(containerPath)) throw invalid(`'${containerPath}' is there twice`);
    paths.add(containerPath);
  }
}
