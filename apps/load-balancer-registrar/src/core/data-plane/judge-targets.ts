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
import type { SeenCheck, SeenServer, WorkerSighting } from './sightings';

/** All workers at one moment, the current one first; absent while there is none. */
export interface Sighting {
  readonly current?: WorkerSighting;
  readonly old: readonly WorkerSighting[];
  /** An old worker did not answer: what it does is not known. */
  readonly isPartial?: boolean;
}

interface Moment {
  readonly now: EpochMs;
  /** The group as it was when the look began. */
  readonly lookedAt: TargetGroup | undefined;
  /** Whether a listener sent requests to it then. */
  readonly isUsed: boolean;
}

/** What the workers show of a group that the journal does not know yet. */
export function targetEvents(
  group: TargetGroup,
  sighting: Sighting,
  moment: Moment,
): readonly (TargetsDrained | TargetHealthChanged)[] {
  const about = { version: 1, targetGroup: group.name } as const;
  const key = ({ id, port }: Target): { readonly id: string; readonly port: number } => ({ id, port });
  const drained = group.targets.filter((target) => isDrained(group, target, sighting, moment)).map(key);
  const changed = group.targets.flatMap((target) => {
    const health = wasLookedAt(group, target, moment) ? judgedHealth(group, target, sighting, moment.now) : undefined;
    return health ? [{ ...key(target), health, ...(target.task && { task: target.task.task }) }] : [];
  });
  return [
    ...(drained.length > 0 ? [{ ...about, type: 'TargetsDrained', targets: drained } as const] : []),
    ...(changed.length > 0 ? [{ ...about, type: 'TargetHealthChanged', targets: changed } as const] : []),
  ];
}

/**
 * Whether the look began with the target as it is. One that came, went or came back since may have got requests that the
 * look knows nothing of.
 */
function wasLookedAt(group: TargetGroup, target: Target, { lookedAt }: Moment): boolean {
  if (lookedAt?.id !== group.id) return false;
  const then = lookedAt.targets.find(({ id, port }) => id === target.id && port === target.port);
  return then?.registeredAt === target.registeredAt && then.drainUntil === target.drainUntil;
}

/**
 * Its time is over, or no worker had a connection to it and none would have opened one when it drained already. A worker
 * that still takes requests for it is told so first, and seen again later.
 */
function isDrained(group: TargetGroup, target: Target, sighting: Sighting, moment: Moment): boolean {
  const { current, old, isPartial } = sighting;
  if (target.drainUntil === undefined) return false;
  if (moment.now >= target.drainUntil) return true;
  if (isPartial || !wasLookedAt(group, target, moment) || (!current && moment.isUsed)) return false;
  const workers = current ? [current, ...old] : old;
  const names = [serverName(target), fallbackName(target)];
  return workers.every((worker) =>
    names.every((name) => {
      const seen = serverIn(worker, backendName(group), name);
      return !seen || (seen.admin !== 'ready' && seen.sessions === 0);
    }),
  );
}

const serverIn = ({ servers }: WorkerSighting, backend: string, name: string): SeenServer | undefined =>
  servers.find((server) => server.name === name && server.backend === backend);

/** Undefined: as the journal has it, or not known. */
function judgedHealth(
  group: TargetGroup,
  target: Target,
  { current }: Sighting,
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

function healthOf(group: TargetGroup, target: Target, seen: SeenServer, now: EpochMs): TargetHealth | undefined {
  if (seen.isUp) return { state: 'healthy' };
  const { check } = seen;
  if (target.health.state === 'initial') {
    // Until the thresholds have had their time a failure is no verdict: the target may still be starting.
    const { intervalSeconds, unhealthyThreshold } = group.healthCheck;
    const failed = check && !isSuccess(check.status);
    const verdict = failed && now - target.registeredAt >= intervalSeconds * unhealthyThreshold * 1_000;
    return verdict ? unhealthy(check) : CHECKING;
  }
  // DOWN before its first check: a process that has just begun knows no reason.
  if (!check || isSuccess(check.status)) return target.health.state === 'healthy' ? unhealthy(undefined) : undefined;
  return unhealthy(check);
}

/** ELB's reasons (ecs-api 6.4). */
function unhealthy(check: SeenCheck | undefined): TargetHealth {
  const state = 'unhealthy';
  if (check?.status === 'L7STS' && check.code !== undefined) {
    const description = `Health checks failed with these codes: [${check.code}]`;
    return { state, reason: 'Target.ResponseCodeMismatch', description };
  }
  if (check && /TOUT$/.test(check.status)) return { state, reason: 'Target.Timeout', description: 'Request timed out' };
  return { state, reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
}
