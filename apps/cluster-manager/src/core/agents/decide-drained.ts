import {
  deregistrationDelayMs,
  type EpochMs,
  type ReadonlyClusterState,
  type Task,
  type TaskDrained,
  type TaskId,
} from '@stowage/domain';

/** Of these tasks, those that were waiting for their connections to end and need to wait no more. */
export function decideDrained(
  state: ReadonlyClusterState,
  tasks: readonly TaskId[],
  { now, slackMs }: { readonly now: EpochMs; readonly slackMs: number },
): readonly TaskDrained[] {
  return tasks.flatMap((id): readonly TaskDrained[] => {
    const task = state.tasks.get(id);
    if (!task || !isDraining(task) || now < drainedBy(state, task, slackMs)) return [];
    return [{ type: 'TaskDrained', version: 1, cluster: task.cluster, instance: task.instance, task: id }];
  });
}

/** Its service decided that it stops, and its agent is not told yet. */
export const isDraining = ({ lastStatus }: Pick<Task, 'lastStatus'>): boolean => lastStatus === 'DEACTIVATING';

/**
 * When nobody waits any more, whatever is left: 0 once it is a target no more. Its registrar takes targets out in time;
 * `slackMs` later the task is stopped without one.
 */
function drainedBy(state: ReadonlyClusterState, { id, stoppingAt = 0 }: Task, slackMs: number): EpochMs {
  const times = [...state.targetGroupsOf(id)].flatMap((name) => {
    const group = state.targetGroups.get(name);
    if (!group) return [];
    const latest = stoppingAt + deregistrationDelayMs(group);
    const targets = group.targets.filter(({ task }) => task?.task === id);
    return targets.map(({ drainUntil = latest }) => drainUntil + slackMs);
  });
  return Math.max(0, ...times);
}
