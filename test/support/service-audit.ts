import { applyEvent, ClusterState, type Service, serviceKey, type ServiceStepTaken, type Task } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';

/**
 * Returns the broken limits of services in a journal as sentences (docs/ARCHITECTURE.md, invariant 5). It computes the
 * tasks that each
 * step started or stopped from the records at the position of the decision.
 */
export function brokenLimits(transactions: readonly CommittedTransaction[], healthyAfterMs: number): readonly string[] {
  const broken: string[] = [];
  const state = new ClusterState();
  /** The service's tasks at each position at which a step may have been decided. */
  const looks = new Map<string, readonly Task[]>();
  for (const { events, sequence } of transactions) {
    for (const { event, at } of events) {
      applyEvent(state, event, { at });
      if (event.type !== 'ServiceStepTaken') continue;
      const service = state.services.get(serviceKey(event.cluster, event.service));
      if (!service) continue;
      const known = looks.get(lookKey(event.decidedAt, event)) ?? [];
      const sentences = [
        tooMany(tasksOf(state, service), service, event),
        tooFew(known, service, { step: event, at, healthyAfterMs }),
      ];
      broken.push(...sentences.flatMap((what) => (what ? [`At ${String(sequence)}: ${event.service} ${what}.`] : [])));
    }
    for (const service of state.services.values()) {
      const { cluster, name } = service;
      looks.set(lookKey(sequence, { cluster, service: name }), tasksOf(state, service));
    }
  }
  return broken;
}

const lookKey = (position: number, { cluster, service }: Pick<ServiceStepTaken, 'cluster' | 'service'>): string =>
  `${String(position)}/${serviceKey(cluster, service)}`;

function tasksOf(state: ClusterState, { cluster, name }: Service): readonly Task[] {
  return [...state.tasksOf(serviceKey(cluster, name))].flatMap((id) => state.tasks.get(id) ?? []);
}

function tooMany(tasks: readonly Task[], service: Service, { started }: ServiceStepTaken): string | undefined {
  if (started.length === 0) return undefined;
  if (service.schedulingStrategy === 'DAEMON') {
    const hosts = new Set(tasks.map(({ instance }) => instance));
    return hosts.size < tasks.length ? 'has two tasks on one instance' : undefined;
  }
  const { desiredCount, deploymentConfiguration: percent } = service;
  const upper = Math.floor((desiredCount * percent.maximumPercent) / 100);
  return tasks.length > upper ? `has ${String(tasks.length)} tasks, and ${String(upper)} at most` : undefined;
}

interface StoppedAt {
  readonly step: ServiceStepTaken;
  readonly at: number;
  readonly healthyAfterMs: number;
}

function tooFew(known: readonly Task[], service: Service, { step, at, healthyAfterMs }: StoppedAt): string | undefined {
  if (service.status !== 'ACTIVE' || service.schedulingStrategy === 'DAEMON') return undefined;
  const healthy = known.filter((task) => isHealthy(task, at, healthyAfterMs));
  const stopped = new Set(step.stopped.map(({ task }) => task));
  const left = healthy.filter(({ id }) => !stopped.has(id)).length;
  const { desiredCount, deploymentConfiguration: percent } = service;
  const lower = Math.ceil((desiredCount * percent.minimumHealthyPercent) / 100);
  if (left === healthy.length || left >= lower) return undefined;
  return `is left with ${String(left)} healthy tasks, and ${String(lower)} must stay`;
}

function isHealthy(task: Task, at: number, healthyAfterMs: number): boolean {
  if (task.desiredStatus !== 'RUNNING' || task.lastStatus !== 'RUNNING') return false;
  if (task.containers.some(({ hasHealthCheck }) => hasHealthCheck)) return task.healthStatus === 'HEALTHY';
  return at >= (task.startedAt ?? 0) + healthyAfterMs;
}
