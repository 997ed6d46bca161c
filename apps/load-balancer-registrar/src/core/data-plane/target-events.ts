import {
  type EpochMs,
  type Target,
  type TargetGroup,
  type TargetHealth,
  type TargetHealthChanged,
  type TargetsDrained,
} from '@stowage/domain';
import { backendName } from './data-plane';
import { isSuccess } from './plan-servers';
import { fallbackName, serverName } from './server';
import type { CheckResult, ServerStatus, WorkerStatus } from './worker-status';

/** State of all workers at one moment. `current` is absent while no worker takes new connections. */
export interface HaproxyStatus {
  readonly current?: WorkerStatus;
  readonly old: readonly WorkerStatus[];
  /** An old worker did not answer, so that its connections are unknown. */
  readonly isPartial?: boolean;
}

interface PassContext {
  readonly now: EpochMs;
  /** The group at the start of the reconcile pass. */
  readonly groupBefore: TargetGroup | undefined;
  /** True if a listener sent requests to the group at the start of the pass. */
  readonly wasUsed: boolean;
}

/** Returns the events for the differences between the workers' state of a group and the journal. */
export function targetEvents(
  group: TargetGroup,
  status: HaproxyStatus,
  context: PassContext,
): readonly (TargetsDrained | TargetHealthChanged)[] {
  const about = { version: 1, targetGroup: group.name } as const;
  const key = ({ id, port }: Target): { readonly id: string; readonly port: number } => ({ id, port });
  const drained = group.targets.filter((target) => isDrained(group, target, status, context)).map(key);
  const changed = group.targets.flatMap((target) => {
    const health = isUnchanged(group, target, context) ? changedHealth(group, target, status, context.now) : undefined;
    return health ? [{ ...key(target), health, ...(target.task && { task: target.task.task }) }] : [];
  });
  return [
    ...(drained.length > 0 ? [{ ...about, type: 'TargetsDrained', targets: drained } as const] : []),
    ...(changed.length > 0 ? [{ ...about, type: 'TargetHealthChanged', targets: changed } as const] : []),
  ];
}

/**
 * Returns true if the target is unchanged since the start of the pass. A target that was added, removed or registered
 * again since then may have got requests that the pass did not see.
 */
function isUnchanged(group: TargetGroup, target: Target, { groupBefore }: PassContext): boolean {
  if (groupBefore?.id !== group.id) return false;
  const then = groupBefore.targets.find(({ id, port }) => id === target.id && port === target.port);
  return then?.registeredAt === target.registeredAt && then.drainUntil === target.drainUntil;
}

/**
 * A target is drained when its time is over, or when no worker has a connection to it and none could have opened one
 * since it began to drain. A worker that still sends requests to it is updated first, and a later pass decides.
 */
function isDrained(group: TargetGroup, target: Target, status: HaproxyStatus, context: PassContext): boolean {
  const { current, old, isPartial } = status;
  if (target.drainUntil === undefined) return false;
  if (context.now >= target.drainUntil) return true;
  if (isPartial || !isUnchanged(group, target, context) || (!current && context.wasUsed)) return false;
  const workers = current ? [current, ...old] : old;
  const names = [serverName(target), fallbackName(target)];
  return workers.every((worker) =>
    names.every((name) => {
      const seen = serverIn(worker, backendName(group), name);
      return !seen || (seen.admin !== 'ready' && seen.sessions === 0);
    }),
  );
}

const serverIn = ({ servers }: WorkerStatus, backend: string, name: string): ServerStatus | undefined =>
  servers.find((server) => server.name === name && server.backend === backend);

/** Returns undefined if the health is that of the journal, or unknown. */
function changedHealth(
  group: TargetGroup,
  target: Target,
  { current }: HaproxyStatus,
  now: EpochMs,
): TargetHealth | undefined {
  if (target.drainUntil !== undefined || !current) return undefined;
  const seen = serverIn(current, backendName(group), serverName(target));
  if (seen?.admin !== 'ready') return undefined;
  const health = healthOf(group, target, seen, now);
  return health && (health.state !== target.health.state || health.reason !== target.health.reason)
    ? health
    : undefined;
}

const CHECKING: TargetHealth = {
  state: 'initial',
  reason: 'Elb.InitialHealthChecking',
  description: 'Initial health checks in progress',
};

function healthOf(group: TargetGroup, target: Target, seen: ServerStatus, now: EpochMs): TargetHealth | undefined {
  if (seen.isUp) return { state: 'healthy' };
  const { check } = seen;
  if (target.health.state === 'initial') {
    // A failure before the unhealthy threshold can be reached proves nothing: the target may still be starting.
    const { intervalSeconds, unhealthyThreshold } = group.healthCheck;
    const failed = check && !isSuccess(check.status);
    const verdict = failed && now - target.registeredAt >= intervalSeconds * unhealthyThreshold * 1_000;
    return verdict ? unhealthy(check) : CHECKING;
  }
  // The server is DOWN before its first check: a new process does not have the reason.
  if (!check || isSuccess(check.status)) return target.health.state === 'healthy' ? unhealthy(undefined) : undefined;
  return unhealthy(check);
}

/** Causes of failed checks by HAProxy's check status. ELB's descriptions leave them out. */
const CAUSES: Readonly<Record<string, string>> = {
  L4CON: 'the target does not accept connections',
  L6RSP: 'the TLS handshake with the target failed',
  L7RSP: 'the response of the target is not valid',
  SOCKERR: 'the connection to the target broke',
};

/** Returns the health with ELB's reason (ecs-api 6.4). */
function unhealthy(check: CheckResult | undefined): TargetHealth {
  const state = 'unhealthy';
  if (check?.status === 'L7STS' && check.code !== undefined) {
    const description = `Health checks failed with these codes: [${check.code}]`;
    return { state, reason: 'Target.ResponseCodeMismatch', description };
  }
  if (check && /TOUT$/.test(check.status)) return { state, reason: 'Target.Timeout', description: 'Request timed out' };
  const cause = check && CAUSES[check.status];
  const description = cause === undefined ? 'Health checks failed' : `Health checks failed: ${cause}`;
  return { state, reason: 'Target.FailedHealthChecks', description };
}
