import type { Ecs } from '@stowage/domain';
import type { DockerMount } from './docker-json';
import { type ContainerPlan, dockerNameOf, type TaskPlan, type VolumePlan } from '../tasks/task-plan';

/**
 * Docker has two forms for `mountPoints`. Its short form `source:path[:ro]` does not allow a colon in either path, but
 * only this form creates a missing path of the host, as ECS does. All other mount points use the long form.
 */
export function binds(plan: TaskPlan, container: ContainerPlan): readonly string[] {
  return resolved(plan, container)
    .filter(isShort)
    .map(({ source, path, readOnly }) => `${source}:${path}${readOnly ? ':ro' : ''}`);
}

/** Returns the mount points that use Docker's long form. */
export function mounts(plan: TaskPlan, container: ContainerPlan): readonly DockerMount[] {
  return resolved(plan, container)
    .filter((mount) => !isShort(mount))
    .map(({ kind, source, path, readOnly }) => ({
      Type: kind === 'host' ? 'bind' : 'volume',
      Source: source,
      Target: path,
      ...(readOnly && { ReadOnly: true }),
    }));
}

interface ResolvedMount {
  readonly kind: VolumePlan['kind'];
  /** A path of the host, or the Docker name of a volume. */
  readonly source: string;
  readonly path: string;
  readonly readOnly: boolean;
}

const isShort = ({ kind, source, path }: ResolvedMount): boolean =>
  kind === 'host' && !`${source}${path}`.includes(':');

function resolved({ volumes }: TaskPlan, { definition }: ContainerPlan): readonly ResolvedMount[] {
  return (definition.mountPoints ?? []).map(({ sourceVolume = '', containerPath: path = '', readOnly = false }) => {
    const volume = volumes.find(({ name }) => name === sourceVolume);
    return volume?.kind === 'host'
      ? { kind: 'host', source: volume.path, path, readOnly }
      : { kind: 'docker', source: volume?.dockerName ?? sourceVolume, path, readOnly };
  });
}

export function volumesFrom(plan: TaskPlan, { definition }: ContainerPlan): readonly string[] {
  return (definition.volumesFrom ?? []).map(({ sourceContainer, readOnly }) => {
    return `${dockerNameOf(plan, sourceContainer ?? '')}${readOnly ? ':ro' : ''}`;
  });
}

/** Returns the mount options by path. ECS gives the size in MiB. */
export function tmpfs(mounts: readonly Ecs.Tmpfs[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    mounts.map(({ containerPath, size, mountOptions = [] }) => {
      return [containerPath, [...mountOptions, `size=${String(size)}m`].join(',')];
    }),
  );
}
