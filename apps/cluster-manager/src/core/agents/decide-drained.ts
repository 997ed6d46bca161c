import {
  deregistrationDelayMs,
  type EpochMs,
  type ReadonlyClusterState,
  type Task,
  type TaskDrained,
  type TaskId,
} from '@stowage/domain';

/** Returns the events for those of the tasks whose connections have ended. */
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

/** Returns true if the service has decided to stop the task and its agent has not got the stop yet. */
export const isDraining = ({ lastStatus }: Pick<Task, 'lastStatus'>): boolean => lastStatus === 'DEACTIVATING';

/**
 * Time after which the task is stopped with or without open connections: 0 if it is not a target any more. The
 * registrar removes targets in time; if it does not, the task is stopped `slackMs` after the deregistration delay.
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
