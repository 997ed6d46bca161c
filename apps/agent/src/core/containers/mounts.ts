import type { Ecs } from '@stowage/domain';
import type { DockerMount } from './docker-json';
import { type ContainerPlan, dockerNameOf, type TaskPlan, type VolumePlan } from '../tasks/task-plan';

/**
 * Docker has two forms for `mountPoints`. Its short form `source:path[:ro]` cannot express a colon in either path, but
 * only this form makes a missing path of the host, as ECS does. All other mount points have the long form.
 */
export function binds(plan: TaskPlan, container: ContainerPlan): readonly string[] {
  return resolved(plan, container)
    .filter(isShort)
    .map(({ source, path, readOnly }) => `${source}:${path}${readOnly ? ':ro' : ''}`);
}

/** The mount points that have Docker's long form. */
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
  /** A path of the host, or Docker's name of a volume. */
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

/** Path -> mount options; ECS gives the size in MiB. */
export function tmpfs(mounts: readonly Ecs.Tmpfs[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    mounts.map(({ containerPath, size, mountOptions = [] }) => {
      return [containerPath, [...mountOptions, `size=${String(size)}m`].join(',')];
    }),
  );
}
