import {
  deploymentCompleted,
  type DomainEvent,
  failDeployment,
  failedHealthChecks,
  messagesOf,
  type Random,
  type ServiceMessageDraft,
  type ServiceStepTaken,
  steadyState,
  stoppedTasks,
  type TaskStopRequested,
  unhealthyTarget,
} from '@stowage/domain';
import type { PlannedStop } from './plan';
import type { CommittedStep } from './reconcile';
import type { ServiceTask, Situation } from './situation';

/**
 * Returns the events of a step, for one transaction. All subjects that the transaction writes to must be unchanged
 * since the situation. For the service's subject this prevents a concurrent step. For the subjects of stopped tasks it
 * prevents the stop of a task that was protected meanwhile.
 */
export function eventsOfStep(situation: Situation, step: CommittedStep, random: Random): readonly DomainEvent[] {
  const { service, primary } = situation;
  const { cluster, name } = service;
  const about = { version: 1, cluster, service: name } as const;
  const drafted = (...drafts: readonly ServiceMessageDraft[]): ServiceStepTaken['messages'] =>
    messagesOf(drafts, random);
  switch (step.do) {
    case 'stop':
      return stopEvents(situation, step.stops, random);
    case 'resize':
      return [{ ...about, type: 'DaemonResized', desiredCount: step.desiredCount }];
    case 'fail':
      return failDeployment(service, { failed: primary, reason: 'circuit-breaker', random });
    case 'complete': {
      const { id: deployment, serviceDeployment } = primary;
      const messages = drafted(deploymentCompleted(name, deployment), steadyState(name));
      return [{ ...about, type: 'DeploymentCompleted', deployment, serviceDeployment, messages }];
    }
    case 'say-steady':
      return [{ ...about, type: 'SteadyStateReached', messages: drafted(steadyState(name)) }];
    case 'say':
      return [{ ...about, type: 'ServiceMessagesRecorded', messages: drafted(step.message) }];
    case 'finish-deletion':
      return [{ ...about, type: 'ServiceDeleted' }];
  }
}

function stopEvents(
  { service, primary, position }: Situation,
  stops: readonly PlannedStop[],
  random: Random,
): readonly DomainEvent[] {
  const { cluster, name } = service;
  const ids = stops.map(({ task }) => task.task.id);
  const unhealthy = stops.filter(({ reason }) => reason === 'unhealthy').map(({ task }) => task);
  const drafts = [...unhealthy.map((task) => whyUnhealthy(name, task)), ...stoppedTasks(name, ids)];
  const taken: ServiceStepTaken = {
    type: 'ServiceStepTaken',
    version: 1,
    cluster,
    service: name,
    deployment: primary.id,
    started: [],
    stopped: stops.map(({ task: { task }, reason }) => ({
      task: task.id,
      deployment: task.service?.deployment ?? primary.id,
      reason,
    })),
    decidedAt: position,
    messages: messagesOf(drafts, random),
  };
  return [taken, ...stops.map(stopRequest)];
}

function whyUnhealthy(service: string, { task, verdict }: ServiceTask): ServiceMessageDraft {
  return verdict?.unhealthy ? unhealthyTarget(service, verdict.unhealthy) : failedHealthChecks(service, task.id);
}

function stopRequest({ task: each, reason }: PlannedStop): TaskStopRequested {
  const { task, verdict } = each;
  const { cluster, instance, id, service } = task;
  return {
    type: 'TaskStopRequested',
    version: 1,
    cluster,
    instance,
    task: id,
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason:
      reason === 'unhealthy'
        ? stoppedForHealth(each)
        : `Scaling activity initiated by (deployment ${service?.deployment ?? ''})`,
    ...(verdict && { drain: true }),
    ...(reason === 'unhealthy' && { unhealthy: true }),
  };
}

/** Returns ECS's sentence, with the finding of the load balancer or the containers whose checks failed. */
function stoppedForHealth({ task, verdict }: ServiceTask): string {
  if (verdict?.unhealthy) {
    const { targetGroupArn, description } = verdict.unhealthy;
    return `Task failed ELB health checks in (target-group ${targetGroupArn}) due to (reason ${description})`;
  }
  const unhealthy = task.containers.filter(({ essential, healthStatus }) => essential && healthStatus === 'UNHEALTHY');
  return ['Task failed container health checks', ...unhealthy.map(({ name }) => `(container ${name})`)].join(' ');
}
