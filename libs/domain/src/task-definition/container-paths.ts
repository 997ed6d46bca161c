import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { invalidSettingOf } from './invalid-setting';

/** Docker rejects `/` as a mount point. A container with another mount over one of these paths never starts. */
const NO_MOUNT_POINTS: readonly string[] = ['/', '/dev', '/proc'];

/** Returns an absolute path in normal form: without `.`, `..`, and repeated or trailing slashes. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/**
 * Checks that a container's mounts refer to volumes of the task, and that each container path is used once. @throws
 * Refusal
 */
export function checkMountPoints(container: Ecs.ContainerDefinition, volumes: readonly Ecs.Volume[]): void {
  const invalid = invalidSettingOf(container);
  const taken = new Map<string, string>();
  const take = (setting: string, path: string | undefined): void => {
    if (!path?.startsWith('/')) throw invalid(setting, "'containerPath' must be an absolute path");
    const normal = normalPath(path);
    if (NO_MOUNT_POINTS.includes(normal)) throw invalid(setting, `nothing can be mounted at '${path}'`);
    const other = taken.get(normal);
    if (other !== undefined) {
      throw invalid(
        setting,
        other === path ? `'${path}' is specified more than once` : `'${path}' is the same path as '${other}'`,
      );
    }
    taken.set(normal, path);
  };
  for (const { sourceVolume, containerPath } of container.mountPoints ?? []) {
    if (!volumes.some(({ name }) => name === sourceVolume))
      throw clientError(`Unknown volume '${sourceVolume ?? ''}'.`);
    take('mountPoints', containerPath);
  }
  for (const { containerPath } of container.linuxParameters?.tmpfs ?? []) take('tmpfs', containerPath);
  checkDevices(container);
}

function checkDevices(container: Ecs.ContainerDefinition): void {
  const invalid = invalidSettingOf(container);
  const taken = new Set<string>();
  for (const { hostPath, containerPath = hostPath } of container.linuxParameters?.devices ?? []) {
    if (!hostPath.startsWith('/')) throw invalid('devices', "'hostPath' must be an absolute path");
    if (!containerPath.startsWith('/')) throw invalid('devices', "'containerPath' must be an absolute path");
    const normal = normalPath(containerPath);
    if (taken.has(normal)) throw invalid('devices', `'${containerPath}' is specified more than once`);
    taken.add(normal);
  }
}
