import { fc, test } from '@fast-check/vitest';
import type { Task } from '@stowage/domain';
import { describe, expect } from 'vitest';
import { ServiceHarness } from '../testing/service-harness';
import {
  created,
  deployment,
  draining,
  clusterEvents,
  protectedUntil,
  registered,
  running,
  SERVICE,
  CLUSTER,
  started,
  stopped,
  stopRequested,
} from '../testing/service-history';

const HEALTHY_AFTER_MS = 40_000;
const INSTANCES = 4;
const TIMEOUT_MS = 60_000;
const RUNS = 300;

type Action = (harness: ServiceHarness) => void;

/** Returns a task that is not STOPPED, if there is one. */
const taskAt = (harness: ServiceHarness, nth: number): Task | undefined => {
  const tasks = [...harness.state.tasks.values()];
  return tasks[nth % Math.max(1, tasks.length)];
};

const onTask = (act: (harness: ServiceHarness, task: Task) => void): fc.Arbitrary<Action> =>
  fc.nat({ max: 50 }).map((nth) => (harness) => {
    const task = taskAt(harness, nth);
    if (task) act(harness, task);
  });

const moves = {
  step: fc.constant<Action>((harness) => void checkedStep(harness)),
  runs: onTask((harness, task) => harness.apply(running(task))),
  isHealthy: onTask((harness, task) => harness.apply(running(task, 'HEALTHY'))),
  isUnhealthy: onTask((harness, task) => harness.apply(running(task, 'UNHEALTHY'))),
  allAre: fc.constantFrom('HEALTHY' as const, 'UNHEALTHY' as const).map((health): Action => (harness) => {
    const tasks = harness.tasksWhere(({ lastStatus }) => lastStatus === 'RUNNING');
    harness.apply(...tasks.map((task) => running(task, health)));
  }),
  ends: onTask((harness, task) => harness.apply(stopped(task, task.startedAt === undefined))),
  userStops: onTask((harness, task) => harness.apply(stopRequested(task))),
  isProtected: onTask((harness, task) => harness.apply(protectedUntil(task, harness.now + 90_000))),
  drains: fc.nat({ max: INSTANCES - 1 }).map(
    (nth): Action =>
      (harness) =>
        harness.apply(draining(nth)),
  ),
  passes: fc.integer({ min: 1, max: 60_000 }).map(
    (ms): Action =>
      (harness) =>
        harness.advance(ms),
  ),
  deploys: fc.constant<Action>((harness) => {
    const newest = Number(harness.service.deployments[0]?.id.split('/')[1]);
    harness.apply(started(newest + 1, 'forced'));
  }),
  scales: fc.integer({ min: 0, max: 9 }).map((desiredCount): Action => (harness) => {
    if (harness.service.schedulingStrategy === 'DAEMON') return;
    harness.apply({
      type: 'ServiceUpdated',
      version: 1,
      cluster: CLUSTER,
      service: SERVICE,
      changes: { desiredCount },
    });
  }),
};

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: moves.step },
  { weight: 6, arbitrary: moves.runs },
  { weight: 2, arbitrary: moves.isHealthy },
  { weight: 1, arbitrary: moves.isUnhealthy },
  { weight: 4, arbitrary: moves.allAre },
  { weight: 2, arbitrary: moves.ends },
  { weight: 1, arbitrary: moves.userStops },
  { weight: 1, arbitrary: moves.isProtected },
  { weight: 1, arbitrary: moves.drains },
  { weight: 4, arbitrary: moves.passes },
  { weight: 1, arbitrary: moves.deploys },
  { weight: 1, arbitrary: moves.scales },
);

const percentages = fc
  .record({
    desiredCount: fc.integer({ min: 0, max: 8 }),
    minimumHealthyPercent: fc.constantFrom(0, 25, 50, 75, 100),
    maximumPercent: fc.constantFrom(100, 125, 150, 200),
  })
  .filter(({ minimumHealthyPercent: min, maximumPercent: max }) => min < 100 || max > 100);

const checked = fc.boolean();

// The checks below compute the limits independently from the records, so that an error in the core is not repeated
// here.

const isWanted = ({ desiredStatus }: Task): boolean => desiredStatus === 'RUNNING';

function isHealthy(harness: ServiceHarness, task: Task): boolean {
  if (!isWanted(task) || task.lastStatus !== 'RUNNING') return false;
  if (task.containers.some(({ hasHealthCheck }) => hasHealthCheck)) return task.healthStatus === 'HEALTHY';
  return harness.now >= (task.startedAt ?? 0) + HEALTHY_AFTER_MS;
}

const isLeaving = (harness: ServiceHarness, { instance }: Task): boolean =>
  harness.state.instances.get(instance)?.status === 'DRAINING';

/** True for an outgoing task, of an older deployment or on a draining instance, that was healthy and is unhealthy. */
function isSlow(harness: ServiceHarness, task: Task): boolean {
  const isOutgoing = task.service?.deployment !== harness.service.deployments[0]?.id || isLeaving(harness, task);
  return isOutgoing && isWanted(task) && task.healthStatus === 'UNHEALTHY' && task.healthyAt !== undefined;
}

/** Takes one step of the controller and asserts that it kept the limits. */
function checkedStep(harness: ServiceHarness): string {
  const before = new Map(harness.state.tasks);
  const daemon = harness.service.schedulingStrategy === 'DAEMON';
  const isDeleted = harness.service.status === 'DRAINING';
  const step = harness.step();
  const { desiredCount, deploymentConfiguration: percent } = harness.service;
  const after = harness.state.tasks;
  const chosen = [...before.values()].filter(
    (task) => isWanted(task) && after.get(task.id)?.desiredStatus !== 'RUNNING',
  );
  if (step.startsWith('start') && !daemon) {
    expect(after.size).toBeLessThanOrEqual(Math.floor((desiredCount * percent.maximumPercent) / 100));
  }
  if (daemon) {
    const hosts = [...after.values()].filter(({ id }) => !before.has(id)).map(({ instance }) => instance);
    for (const host of hosts) expect([...after.values()].filter(({ instance }) => instance === host)).toHaveLength(1);
  }
  if (isDeleted) return step;
  const places = (task: Task): boolean => !daemon || !isLeaving(harness, task);
  const healthy = [...before.values()].filter((task) => isHealthy(harness, task) && places(task));
  const taken = chosen.filter((task) => isHealthy(harness, task) && places(task));
  const lower = Math.ceil((desiredCount * percent.minimumHealthyPercent) / 100);
  if (taken.length > 0) expect(healthy.length - taken.length).toBeGreaterThanOrEqual(lower);
  const newest = harness.service.deployments[0]?.id;
  const slow = [...before.values()].filter((task) => isSlow(harness, task) && places(task));
  const takenSlow = chosen.filter((task) => isSlow(harness, task) && places(task));
  const serving = healthy.length + slow.length - taken.length - takenSlow.length;
  // Below the limit, one slow task may stop to make room if every new task is healthy, and no other task stops with it.
  if (takenSlow.length > 0 && serving < lower) {
    const isNew = (task: Task): boolean => task.service?.deployment === newest && isWanted(task) && places(task);
    const onTheirWay = [...before.values()].filter((task) => isNew(task) && !isHealthy(harness, task));
    expect([chosen.length, onTheirWay.filter((task) => !isLeaving(harness, task))]).toEqual([1, []]);
  }
  for (const task of chosen) {
    const shielded = (task.protectedUntil ?? 0) > harness.now && !isLeaving(harness, task);
    if (shielded) expect(task.healthStatus).toBe('UNHEALTHY');
  }
  return step;
}

/** Runs without further faults: agents work, time passes, and another instance replaces the drained one. */
function settle(harness: ServiceHarness): void {
  harness.apply(...registered(9));
  for (let round = 0; round < 60; round += 1) {
    for (let step = 0; step < 30 && !['wait', 'rest'].includes(checkedStep(harness)); step += 1);
    harness.runAgents();
    for (const task of harness.state.tasks.values()) {
      const isChecked = task.containers.some(({ hasHealthCheck }) => hasHealthCheck);
      if (isChecked && task.lastStatus === 'RUNNING') harness.apply(running(task, 'HEALTHY'));
    }
    const outcome = harness.reconcile();
    if (outcome.kind === 'rest') return;
    if (outcome.kind !== 'wait') continue;
    if (outcome.until - harness.now > 60 * 60_000) return;
    harness.now = outcome.until;
  }
}

describe('a REPLICA service under random events', () => {
  test.prop([percentages, fc.array(action, { maxLength: 120 }), checked], { numRuns: RUNS })(
    'never violates a limit, and has exactly its desired count once the faults stop',
    (percent, actions, hasHealthCheck) => {
      const harness = new ServiceHarness(
        [...clusterEvents(INSTANCES), ...created(percent)],
        {},
        1_000_000,
        hasHealthCheck,
      );
      for (const act of actions) act(harness);
      settle(harness);
      const { service } = harness;
      const { minimumHealthyPercent: min, maximumPercent: max } = service.deploymentConfiguration;
      const { desiredCount } = service;
      const leavesNoRoom = Math.ceil((desiredCount * min) / 100) >= Math.floor((desiredCount * max) / 100);
      if (leavesNoRoom && desiredCount > 0) return;
      const ids = harness.tasksWhere(() => true).map((task) => task.service?.deployment);
      const newest = service.deployments[0]?.id ?? deployment(0);
      expect(ids).toEqual(Array.from({ length: desiredCount }, () => newest));
      expect(service.deployments.map(({ rolloutState }) => rolloutState)).toEqual(['COMPLETED']);
      expect(service.deployments[0]).toMatchObject({ runningCount: desiredCount, pendingCount: 0 });
    },
    TIMEOUT_MS,
  );
});

describe('a DAEMON service under random events', () => {
  test.prop([fc.array(action, { maxLength: 120 }), fc.constantFrom(0, 50), checked], { numRuns: RUNS })(
    'never has two tasks on one instance, and has one on each once the faults stop',
    (actions, minimumHealthyPercent, hasHealthCheck) => {
      const daemon = { desiredCount: 0, minimumHealthyPercent, maximumPercent: 100, daemon: true };
      const harness = new ServiceHarness(
        [...clusterEvents(INSTANCES), ...created(daemon)],
        {},
        1_000_000,
        hasHealthCheck,
      );
      for (const act of actions) act(harness);
      settle(harness);
      const places = [...harness.state.instances.values()].filter(({ status }) => status === 'ACTIVE');
      const hosts = harness.tasksWhere(() => true).map(({ instance }) => instance);
      expect(hosts.sort()).toEqual(places.map(({ id }) => id).sort());
      expect(harness.service.desiredCount).toBe(places.length);
    },
    TIMEOUT_MS,
  );
});
