import type { EpochMs, Target, TargetGroup, TargetHealth, TargetHealthChanged, TargetsDrained } from '@stowage/domain';
import { backendName } from './data-plane';
import { isSuccess } from './plan-servers';
import { fallbackName, serverName } from './server';
import type { SeenCheck, SeenServer, WorkerSighting } from './sightings';

/** All workers at one moment, the current one first; absent while there is none. */
export interface Sighting {
  readonly current?: WorkerSighting;
  readonly old: readonly WorkerSighting[];
}

/** What the workers show of a group that the journal does not know yet. */
export function targetEvents(
  group: TargetGroup,
  sighting: Sighting,
  { now, isUsed }: { readonly now: EpochMs; readonly isUsed: boolean },
): readonly (TargetsDrained | TargetHealthChanged)[] {
  const about = { version: 1, targetGroup: group.name } as const;
  const key = ({ id, port }: Target): { readonly id: string; readonly port: number } => ({ id, port });
  const drained = group.targets.filter((target) => isDrained(group, target, sighting, { now, isUsed })).map(key);
  const changed = group.targets.flatMap((target) => {
    const health = judgedHealth(group, target, sighting, now);
    return health ? [{ ...key(target), health }] : [];
  });
  return [
    ...(drained.length > 0 ? [{ ...about, type: 'TargetsDrained', targets: drained } as const] : []),
    ...(changed.length > 0 ? [{ ...about, type: 'TargetHealthChanged', targets: changed } as const] : []),
  ];
}

/**
 * Its time is over, or no worker has a connection to it and none would open one. A worker that still takes requests for
 * it is told so first, and seen again later.
 */
function isDrained(
  group: TargetGroup,
  target: Target,
  { current, old }: Sighting,
  { now, isUsed }: { readonly now: EpochMs; readonly isUsed: boolean },
): boolean {
  if (target.drainUntil === undefined) return false;
  if (now >= target.drainUntil) return true;
  if (!current && isUsed) return false;
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
