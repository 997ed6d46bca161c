import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type { ClusterName, EpochMs, TaskId } from '../ids';
import { invalidParameter } from '../refusal';
import type { Task, TaskProtectionSet } from '../task/records/task';
import { isProtected } from './records/limits';
import { type Service, serviceKey } from './records/service';

/** Limits and defaults of UpdateTaskProtection (ecs-api 4.3). */
export const PROTECTED_TASKS_MAX = 10;
export const PROTECTION_MINUTES_MAX = 2_880;
export const PROTECTION_MINUTES_DEFAULT = 120;
const MINUTE_MS = 60_000;

export interface UpdateTaskProtection {
  readonly cluster: ClusterName;
  readonly tasks: readonly TaskId[];
  readonly protectionEnabled: boolean;
  readonly expiresInMinutes?: number;
  readonly at: EpochMs;
}

/** Reason why a task was not protected, in ECS's terms, with an explanation. */
export interface ProtectionFailure {
  readonly reason: 'DEPLOYMENT_BLOCKED' | 'MISSING' | 'TASK_NOT_VALID';
  readonly detail?: string;
}

/** Only tasks of services can be protected. */
export const NOT_OF_A_SERVICE: ProtectionFailure = {
  reason: 'TASK_NOT_VALID',
  detail: 'The task does not belong to a service.',
};
const MISSING: ProtectionFailure = { reason: 'MISSING' };

export interface TaskProtectionDecision {
  readonly events: readonly TaskProtectionSet[];
  /** Tasks that now have the requested protection. */
  readonly protectedTasks: readonly { readonly task: TaskId; readonly protectedUntil?: EpochMs }[];
  readonly failures: readonly ({ readonly task: TaskId } & ProtectionFailure)[];
}

/**
 * Decides UpdateTaskProtection: protects service tasks from scale-in and deployments, or ends the protection (ecs-api
 * 5.16). @throws Refusal
 */
export function decideTaskProtection(
  state: ReadonlyClusterState,
  command: UpdateTaskProtection,
): TaskProtectionDecision {
  const { cluster, tasks, protectionEnabled, expiresInMinutes = PROTECTION_MINUTES_DEFAULT, at } = command;
  activeCluster(state, cluster);
  if (tasks.length === 0) throw invalidParameter('Tasks cannot be empty.');
  if (tasks.length > PROTECTED_TASKS_MAX) {
    throw invalidParameter(`tasks can have at most ${PROTECTED_TASKS_MAX} items.`);
  }
  if (!Number.isInteger(expiresInMinutes) || expiresInMinutes < 1 || expiresInMinutes > PROTECTION_MINUTES_MAX) {
    throw invalidParameter(`expiresInMinutes must be from 1 to ${PROTECTION_MINUTES_MAX}.`);
  }
  const until = protectionEnabled ? { protectedUntil: at + expiresInMinutes * MINUTE_MS } : {};
  const decision: { -readonly [Part in keyof TaskProtectionDecision]: TaskProtectionDecision[Part][number][] } = {
    events: [],
    protectedTasks: [],
    failures: [],
  };
  const asked = new Set(tasks);
  for (const id of asked) {
    const task = state.tasks.get(id);
    const failure = whyNot(state, command, task);
    if (failure || !task) decision.failures.push({ task: id, ...(failure ?? MISSING) });
    else {
      const { instance } = task;
      decision.events.push({ type: 'TaskProtectionSet', version: 1, cluster, instance, task: id, ...until });
      decision.protectedTasks.push({ task: id, ...until });
    }
  }
  return decision;
}

function whyNot(
  state: ReadonlyClusterState,
  { cluster, tasks, protectionEnabled, at }: UpdateTaskProtection,
  task: Task | undefined,
): ProtectionFailure | undefined {
  if (task?.cluster !== cluster) return MISSING;
  const service = task.service && state.services.get(serviceKey(cluster, task.service.name));
  if (!service) return NOT_OF_A_SERVICE;
  if (!protectionEnabled) return undefined;
  if (task.desiredStatus === 'STOPPED') return { reason: 'TASK_NOT_VALID', detail: 'The task is stopping.' };
  const protectedCount = protectedOnes(state, service, at).filter((id) => !tasks.includes(id)).length;
  const earlier = tasks.slice(0, tasks.indexOf(task.id) + 1).filter((id) => isOf(state, id, service)).length;
  if (protectedCount + earlier <= service.desiredCount) return undefined;
  const detail = `The service ${service.name} would have more protected tasks than its desired count of ${service.desiredCount}.`;
  return { reason: 'DEPLOYMENT_BLOCKED', detail };
}

function protectedOnes(state: ReadonlyClusterState, { cluster, name }: Service, at: EpochMs): readonly TaskId[] {
  return [...state.tasksOf(serviceKey(cluster, name))].filter((id) => {
    const task = state.tasks.get(id);
    return task !== undefined && task.desiredStatus === 'RUNNING' && isProtected(task, at);
  });
}

const isOf = (state: ReadonlyClusterState, id: TaskId, { name }: Service): boolean =>
  state.tasks.get(id)?.service?.name === name;
