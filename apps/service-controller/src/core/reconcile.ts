import {
  type EpochMs,
  failureThreshold,
  isThrottled,
  type MessageKind,
  nextStartAt,
  type PlaceWhere,
  protectedFromScaleIn,
  type ServiceMessageDraft,
  stuckDeployment,
  unableToPlace,
  unableToStart,
} from '@stowage/domain';
import { type Buckets, isBackingOff, isStillRejected, type Plan, type PlannedStop } from './plan';
import { planDaemon } from './plan-daemon';
import { planReplica } from './plan-replica';
import type { Situation } from './situation';

/** A step that the controller commits itself. */
export type CommittedStep =
  | { readonly do: 'stop'; readonly stops: readonly PlannedStop[] }
  | { readonly do: 'resize'; readonly desiredCount: number }
  | { readonly do: 'fail' }
  | { readonly do: 'complete' }
  | { readonly do: 'say-steady' }
  | { readonly do: 'say'; readonly message: ServiceMessageDraft }
  | { readonly do: 'finish-deletion' };

/** Outcome of one reconcile pass of a service: one next step, or the time of the next pass if no event comes before. */
export type Outcome = { readonly buckets: Buckets } & (
  | { readonly kind: 'start'; readonly deployment: string; readonly where: PlaceWhere; readonly replaced: number }
  | { readonly kind: 'commit'; readonly step: CommittedStep }
  | { readonly kind: 'wait'; readonly until: EpochMs }
  | { readonly kind: 'rest' }
);

/**
 * Returns the next step of a service. It is level-triggered: the step depends only on the state, the time and the
 * terms. Any controller can therefore continue after a step of another one, including one that crashed.
 */
export function reconcile(situation: Situation): Outcome {
  const plan = situation.service.schedulingStrategy === 'DAEMON' ? planDaemon(situation) : planReplica(situation);
  const { buckets } = plan;
  if (situation.service.status === 'DRAINING') return drain(situation, buckets);
  const step = breakerDecision(situation);
  if (step) return { kind: 'commit', step, buckets };
  const start = plan.start && startable(situation, plan.start);
  if (start) return { kind: 'start', deployment: situation.primary.id, ...start, buckets };
  if (plan.stops.length > 0) return { kind: 'commit', step: { do: 'stop', stops: plan.stops }, buckets };
  const next = rollout(situation, plan) ?? messageStep(situation, plan);
  if (next) return { kind: 'commit', step: next, buckets };
  const times = [...plan.changesAt, ...retryTimes(situation, plan), ...steadyTimes(situation, plan)];
  const later = times.filter((at) => at > situation.now);
  return later.length > 0 ? { kind: 'wait', until: Math.min(...later), buckets } : { kind: 'rest', buckets };
}

/** Stops every task of a deleted service regardless of the limits, and then finishes the deletion. */
function drain({ tasks, terms }: Situation, buckets: Buckets): Outcome {
  if (tasks.length === 0) return { kind: 'commit', step: { do: 'finish-deletion' }, buckets };
  const wanted = tasks.filter(({ condition }) => condition !== 'stopping').slice(0, terms.stepTasksMax);
  if (wanted.length === 0) return { kind: 'rest', buckets };
  const stops = wanted.map((task): PlannedStop => ({ task, reason: 'deleted' }));
  return { kind: 'commit', step: { do: 'stop', stops }, buckets };
}

/** Returns a step that must precede any start or stop, because it changes the values that they are computed from. */
function breakerDecision({ service, primary, eligible }: Situation): CommittedStep | undefined {
  if (service.schedulingStrategy === 'DAEMON' && service.desiredCount !== eligible.length) {
    return { do: 'resize', desiredCount: eligible.length };
  }
  const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
  const hasTripped = breaker.enable && primary.failedTasks >= failureThreshold(breaker, service.desiredCount);
  return hasTripped && primary.rolloutState === 'IN_PROGRESS' ? { do: 'fail' } : undefined;
}

type Start = NonNullable<Plan['start']>;

/** Returns the start without the part that must wait for the backoff or, after a rejected placement, for capacity. */
function startable(situation: Situation, start: Start): Start | undefined {
  if (isBackingOff(situation)) return undefined;
  if (!isStillRejected(situation)) return start;
  if (start.where.kind === 'anywhere') return undefined;
  const refused = new Set(situation.lastAttempt?.refusals.map(({ instance }) => instance));
  const instances = start.where.instances.filter((id) => !refused.has(id));
  return instances.length > 0 ? { ...start, where: { kind: 'each', instances } } : undefined;
}

function rollout({ service, primary, now, terms }: Situation, plan: Plan): CommittedStep | undefined {
  if (!plan.isSettled || primary.rolloutState === 'FAILED') return undefined;
  if (primary.rolloutState === 'IN_PROGRESS') return { do: 'complete' };
  const isDue = service.steadyAt === undefined || now >= service.steadyAt + terms.repeatMs;
  return isDue ? { do: 'say-steady' } : undefined;
}

function messageStep(situation: Situation, plan: Plan): CommittedStep | undefined {
  const message = dueMessages(situation, plan).find((each) => !wasSentRecently(situation, each));
  return message && { do: 'say', message };
}

function dueMessages(
  { service, primary, terms, lastAttempt, tasks }: Situation,
  plan: Plan,
): readonly ServiceMessageDraft[] {
  const found: ServiceMessageDraft[] = [];
  if (plan.start && lastAttempt?.deployment === primary.id) found.push(unableToPlace(service.name, lastAttempt));
  if (plan.start && isThrottled(primary, terms.throttling))
    found.push(unableToStart(service.name, primary.lastFailure));
  if (plan.isStuck) found.push(stuckDeployment(service.name));
  const shielded = tasks.filter(({ isProtected, condition }) => isProtected && condition !== 'stopping').length;
  if (service.schedulingStrategy === 'REPLICA' && shielded > service.desiredCount) {
    found.push(protectedFromScaleIn(service.name, primary.id));
  }
  return found;
}

/** Returns true if the same message was sent within `repeatMs`, without a success or a new deployment in between. */
function wasSentRecently({ service, primary, now, terms }: Situation, { kind, text }: ServiceMessageDraft): boolean {
  const before = service.lastSent[kind];
  if (!before || now >= before.at + terms.repeatMs) return false;
  if (before.at < primary.createdAt || succeededSince(service.lastSent, kind)) return false;
  return before.text === text || now < before.at + terms.changedRepeatMs;
}

function succeededSince(lastSent: Situation['service']['lastSent'], kind: MessageKind): boolean {
  const newest = lastSent[kind]?.at ?? 0;
  const success = kind === 'unable-to-place' ? lastSent.started?.at : lastSent.steady?.at;
  return success !== undefined && success > newest;
}

function retryTimes({ primary, terms, lastAttempt }: Situation, { start }: Plan): readonly EpochMs[] {
  if (!start) return [];
  return [nextStartAt(primary, terms.throttling), ...(lastAttempt ? [lastAttempt.at + terms.placementRetryMs] : [])];
}

function steadyTimes({ service, terms }: Situation, { isSettled }: Plan): readonly EpochMs[] {
  return isSettled && service.steadyAt !== undefined ? [service.steadyAt + terms.repeatMs] : [];
}
