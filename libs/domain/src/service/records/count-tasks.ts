import type { EpochMs } from '../../ids';
import type { Task } from '../../task/records/task';
import { countsAs } from '../../task/records/task-status';
import { changeDeployment, withoutEmpty } from './evolve-service';
import { withLaunch } from './launches';
import type { Deployment, Service } from './service';

/**
 * Returns the service with counters, failures and resets after a change of one of its tasks, or the same object if
 * nothing changes. `before` is undefined if the task was just placed.
 */
export function serviceAfterTask(service: Service, before: Task | undefined, after: Task, at: EpochMs): Service {
  if (!after.service) return service;
  const changed = changeDeployment(service, after.service.deployment, (deployment) => {
    const counted = withCounts(deployment, before, after);
    const judged = withLaunch(withImageDigests(counted, after), service, { before, after, at });
    return judged === deployment ? deployment : { ...judged, updatedAt: at };
  });
  return changed === service ? service : withoutEmpty(changed);
}

/** The first digest of each container's image is kept. */
function withImageDigests(deployment: Deployment, { containers }: Task): Deployment {
  const { revision } = deployment;
  const known = revision.imageDigests ?? {};
  const found = containers.flatMap(({ name, imageDigest }) =>
    imageDigest !== undefined && !Object.hasOwn(known, name) ? [[name, imageDigest] as const] : [],
  );
  if (found.length === 0) return deployment;
  return { ...deployment, revision: { ...revision, imageDigests: { ...known, ...Object.fromEntries(found) } } };
}

function withCounts(deployment: Deployment, before: Task | undefined, after: Task): Deployment {
  const [was, is] = [countsOf(before), countsOf(after)];
  const [pending, running, wanted] = [is.pending - was.pending, is.running - was.running, is.wanted - was.wanted];
  if (pending === 0 && running === 0 && wanted === 0) return deployment;
  return {
    ...deployment,
    pendingCount: deployment.pendingCount + pending,
    runningCount: deployment.runningCount + running,
    wantedCount: deployment.wantedCount + wanted,
  };
}

function countsOf(task: Task | undefined): {
  readonly pending: number;
  readonly running: number;
  readonly wanted: number;
} {
  const status = task ? countsAs(task.lastStatus) : 'stopped';
  return {
    pending: Number(status === 'pending'),
    running: Number(status === 'running'),
    wanted: Number(status !== 'stopped' && task?.desiredStatus === 'RUNNING'),
  };
}
