import {
  decideTaskProtection,
  type EpochMs,
  type InstanceId,
  isProtected,
  NOT_OF_A_SERVICE,
  type ProtectionFailure,
  type ReadonlyClusterState,
  type TaskProtectionAnswer,
  type TaskProtectionRequest,
  type TaskProtectionSet,
} from '@stowage/domain';

export interface OwnProtection {
  readonly events: readonly TaskProtectionSet[];
  readonly answer: TaskProtectionAnswer;
}

/**
 * Decides a container's request about its own task. An agent may act only for the tasks of its instance.
 * @throws Refusal if the task or the time is not valid.
 */
export function decideOwnProtection(
  state: ReadonlyClusterState,
  {
    instance,
    request,
    at,
  }: { readonly instance: InstanceId; readonly request: TaskProtectionRequest; readonly at: EpochMs },
): OwnProtection {
  const { cluster, task: id, set } = request;
  const task = state.tasks.get(id);
  if (task?.instance !== instance) return failed({ reason: 'MISSING' });
  if (!set) return task.service ? { events: [], answer: current(task, at) } : failed(NOT_OF_A_SERVICE);
  const { events, protectedTasks, failures } = decideTaskProtection(state, { cluster, tasks: [id], ...set, at });
  const [failure] = failures;
  if (failure) return failed(failure);
  const [now] = protectedTasks;
  return { events, answer: { outcome: 'is', ...(now?.protectedUntil && { protectedUntil: now.protectedUntil }) } };
}

function current(task: { readonly protectedUntil?: EpochMs | undefined }, at: EpochMs): TaskProtectionAnswer {
  const { protectedUntil } = task;
  return { outcome: 'is', ...(protectedUntil !== undefined && isProtected(task, at) && { protectedUntil }) };
}

const failed = ({ reason, detail }: ProtectionFailure): OwnProtection => ({
  events: [],
  answer: { outcome: 'failed', reason, ...(detail !== undefined && { detail }) },
});
