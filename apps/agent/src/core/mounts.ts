import type { Ecs } from '@stowage/domain';
import { type ContainerPlan, dockerNameOf, type TaskPlan } from './task-plan';

/** `mountPoints` as Docker binds: a path of the host, or a volume by its Docker name. */
export function binds(plan: TaskPlan, { definition }: ContainerPlan): readonly string[] {
  return (definition.mountPoints ?? []).map(({ sourceVolume, containerPath, readOnly }) => {
    const volume = plan.volumes.find(({ name }) => name === sourceVolume);
    const source = volume?.kind === 'host' ? volume.path : (volume?.dockerName ?? sourceVolume ?? '');
    return `${source}:${containerPath ?? ''}${readOnly ? ':ro' : ''}`;
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
