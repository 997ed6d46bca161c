import type { TaskId } from '../../ids';

/** Subject of a service event. The service remembers the newest event of each kind. */
export type MessageKind =
  | 'started'
  | 'stopped'
  | 'unhealthy'
  | 'registered'
  | 'deregistered'
  | 'draining'
  | 'unable-to-place'
  | 'unable-to-start'
  | 'stuck'
  | 'protected'
  | 'deployment'
  | 'steady';

/** One service event (ecs-api 5.10). */
export interface ServiceMessage {
  /** A UUID. */
  readonly id: string;
  readonly kind: MessageKind;
  readonly text: string;
  /** ECS's failure reason on the closest instance if no instance accepted a task. */
  readonly reason?: string;
}

/** A service event before it receives its id. */
export type ServiceMessageDraft = Omit<ServiceMessage, 'id'>;

/** Largest number of tasks in one service event. More tasks need more events. */
export const TASKS_PER_MESSAGE_MAX = 10;

const GUIDE = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

/** `replaced`: number of tasks that replace unhealthy ones. */
export function startedTasks(service: string, tasks: readonly TaskId[], replaced = 0): readonly ServiceMessageDraft[] {
  return chunked(tasks).map((some, at) => {
    const because =
      at === 0 && replaced > 0 ? ` Amazon ECS replaced ${replaced} tasks due to an unhealthy status.` : '';
    return {
      kind: 'started',
      text: `(service ${service}) has started ${some.length} tasks: ${some.map(named).join(' ')}.${because}`,
    };
  });
}

export function stoppedTasks(service: string, tasks: readonly TaskId[]): readonly ServiceMessageDraft[] {
  return chunked(tasks).map((some) => ({
    kind: 'stopped',
    text: `(service ${service}) has stopped ${some.length} running tasks: ${some.map(named).join(' ')}.`,
  }));
}

export const failedHealthChecks = (service: string, task: TaskId): ServiceMessageDraft => ({
  kind: 'unhealthy',
  text: `(service ${service}) ${named(task)} failed container health checks.`,
});

/** A target that made its task unhealthy, with the load balancer's description. */
export interface UnhealthyTarget {
  readonly targetGroupArn: string;
  /** EC2 instance id of a container instance, or an address. */
  readonly id: string;
  readonly port: number;
  readonly description: string;
}

export const unhealthyTarget = (service: string, target: UnhealthyTarget): ServiceMessageDraft => ({
  kind: 'unhealthy',
  text:
    `(service ${service}) (instance ${target.id}) (port ${target.port}) is unhealthy in ` +
    `(target-group ${target.targetGroupArn}) due to (reason ${target.description})`,
});

export const registeredTargets = (service: string, count: number, targetGroupArn: string): ServiceMessageDraft => ({
  kind: 'registered',
  text: `(service ${service}) registered ${count} targets in (target-group ${targetGroupArn})`,
});

export const deregisteredTargets = (service: string, count: number, targetGroupArn: string): ServiceMessageDraft => ({
  kind: 'deregistered',
  text: `(service ${service}) deregistered ${count} targets in (target-group ${targetGroupArn})`,
});

export const begunDraining = (service: string, deployment: string, tasks: number): ServiceMessageDraft => ({
  kind: 'draining',
  text: `(service ${service}, taskSet ${deployment}) has begun draining connections on ${tasks} tasks.`,
});

export const deploymentCompleted = (service: string, deployment: string): ServiceMessageDraft => ({
  kind: 'deployment',
  text: `(service ${service}) (deployment ${deployment}) deployment completed.`,
});

export const deploymentFailed = (service: string, deployment: string, cause?: string): ServiceMessageDraft => ({
  kind: 'deployment',
  text: withReason(`(service ${service}) (deployment ${deployment}) deployment failed: tasks failed to start.`, cause),
});

/** Returns ECS's sentence followed by the reason, which ECS omits. */
export const withReason = (sentence: string, reason: string | undefined): string =>
  reason === undefined ? sentence : `${sentence} Reason: ${reason.replace(/\.$/, '')}.`;

export const rollingBack = (service: string, deployment: string): ServiceMessageDraft => ({
  kind: 'deployment',
  text: `(service ${service}) rolling back to deployment ${deployment}.`,
});

export const steadyState = (service: string): ServiceMessageDraft => ({
  kind: 'steady',
  text: `(service ${service}) has reached a steady state.`,
});

export const unableToStart = (service: string, cause?: string): ServiceMessageDraft => ({
  kind: 'unable-to-start',
  text: `${withReason(`(service ${service}) is unable to consistently start tasks successfully.`, cause)} ${GUIDE}`,
});

export const stuckDeployment = (service: string): ServiceMessageDraft => ({
  kind: 'stuck',
  text:
    `(service ${service}) was unable to stop or start tasks during a deployment because of the service deployment ` +
    'configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
});

export const protectedFromScaleIn = (service: string, deployment: string): ServiceMessageDraft => ({
  kind: 'protected',
  text:
    `(service ${service}) was unable to reach steady state because task set (${deployment}) was unable to scale in. ` +
    'Reason: The number of protected tasks are more than the desired count of tasks.',
});

/** The reason why one instance rejected a task. */
export interface PlacementRefusal<Instance extends string = string> {
  readonly instance: Instance;
  /** ECS's failure reason. */
  readonly reason: string;
  /** A sentence that names the requirement of the task. */
  readonly detail?: string;
}

/** The reasons why no instance accepted a task: counts by rule, and the closest instance. */
export interface PlacementFailure {
  /** Rejected instances with ECS's failure reason (ecs-api 5.5.3). The list contains the closest one. */
  readonly refusals: readonly PlacementRefusal[];
  /** Counts of all rejections by reason, if the list is incomplete. */
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * Returns the message about tasks that could not be placed. ECS names the closest instance; this message also counts
 * the other rejections by rule.
 */
export function unableToPlace(service: string, { refusals, refused }: PlacementFailure): ServiceMessageDraft {
  const begin = `(service ${service}) was unable to place a task because no container instance met all of its requirements.`;
  const [closest] = [...refusals].sort(byCloseness);
  const why = closest
    ? [
        `The closest matching (container-instance ${closest.instance}) ${describe(closest.reason)}.`,
        ...(closest.detail === undefined ? [] : [closest.detail]),
        countsOf(refused),
      ].join(' ')
    : 'Reason: No Container Instances were found in your cluster.';
  return { kind: 'unable-to-place', text: `${begin} ${why} ${GUIDE}`, ...(closest && { reason: closest.reason }) };
}

// Rules in the order of their evaluation. An instance that passed more rules is closer.
const CLOSENESS = [
  'RESOURCE:GPU',
  'RESOURCE:PORTS',
  'RESOURCE:MEMORY',
  'RESOURCE:CPU',
  'DistinctInstance placement constraint unsatisfied.',
  'MemberOf placement constraint unsatisfied.',
  'ATTRIBUTE',
  'AGENT',
];

/** Orders rejections by closeness: instances that passed the most rules come first. */
export function byCloseness(
  a: { readonly instance: string; readonly reason: string },
  b: { readonly instance: string; readonly reason: string },
): number {
  const [left, right] = [rank(a.reason), rank(b.reason)];
  if (left !== right) return left - right;
  return a.instance < b.instance ? -1 : 1;
}

function rank(reason: string): number {
  const at = CLOSENESS.indexOf(reason);
  return at < 0 ? CLOSENESS.length : at;
}

function describe(reason: string): string {
  switch (reason) {
    case 'RESOURCE:MEMORY':
      return 'has insufficient memory available';
    case 'RESOURCE:CPU':
      return 'has insufficient CPU units available';
    case 'RESOURCE:PORTS':
      return 'is already using a port required by your task';
    case 'RESOURCE:GPU':
      return 'has insufficient GPU resource available';
    case 'ATTRIBUTE':
      return 'is missing an attribute required by your task';
    default:
      return `encountered error "${reason}"`;
  }
}

function countsOf(refused: PlacementFailure['refused']): string {
  const counts = Object.entries(refused);
  const counted = counts.sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => `${reason} ${count}`);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  return `Container instances rejected: ${all} (${counted.join(', ')}).`;
}

const named = (task: TaskId): string => `(task ${task})`;

function chunked(tasks: readonly TaskId[]): readonly (readonly TaskId[])[] {
  const chunks: (readonly TaskId[])[] = [];
  for (let at = 0; at < tasks.length; at += TASKS_PER_MESSAGE_MAX) {
    chunks.push(tasks.slice(at, at + TASKS_PER_MESSAGE_MAX));
  }
  return chunks;
}
