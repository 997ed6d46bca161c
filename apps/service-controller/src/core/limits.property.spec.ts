import { fc, test } from '@fast-check/vitest';
import type { Task } from '@stowage/domain';
import { describe, expect } from 'vitest';
import { ServiceDrill } from '../testing/service-drill';
import {
  created,
  deployment,
  draining,
  ground,
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

type Action = (drill: ServiceDrill) => void;

/** A task that is not STOPPED, if there is one. */
const taskAt = (drill: ServiceDrill, nth: number): Task | undefined => {
  const tasks = [...drill.state.tasks.values()];
  return tasks[nth % Math.max(1, tasks.length)];
};

const onTask = (act: (drill: ServiceDrill, task: Task) => void): fc.Arbitrary<Action> =>
  fc.nat({ max: 50 }).map((nth) => (drill) => {
    const task = taskAt(drill, nth);
    if (task) act(drill, task);
  });

const moves = {
  step: fc.constant<Action>((drill) => void checkedStep(drill)),
  runs: onTask((drill, task) => drill.happens(running(task))),
  isHealthy: onTask((drill, task) => drill.happens(running(task, 'HEALTHY'))),
  isUnhealthy: onTask((drill, task) => drill.happens(running(task, 'UNHEALTHY'))),
  allAre: fc.constantFrom('HEALTHY' as const, 'UNHEALTHY' as const).map((health): Action => (drill) => {
    const tasks = drill.tasksThat(({ lastStatus }) => lastStatus === 'RUNNING');
    drill.happens(...tasks.map((task) => running(task, health)));
  }),
  ends: onTask((drill, task) => drill.happens(stopped(task, task.startedAt === undefined))),
  userStops: onTask((drill, task) => drill.happens(stopRequested(task))),
  isProtected: onTask((drill, task) => drill.happens(protectedUntil(task, drill.now + 90_000))),
  drains: fc.nat({ max: INSTANCES - 1 }).map(
    (nth): Action =>
      (drill) =>
        drill.happens(draining(nth)),
  ),
  passes: fc.integer({ min: 1, max: 60_000 }).map(
    (ms): Action =>
      (drill) =>
        drill.passes(ms),
  ),
  deploys: fc.constant<Action>((drill) => {
    const newest = Number(drill.service.deployments[0]?.id.split('/')[1]);
    drill.happens(started(newest + 1, 'forced'));
  }),
  scales: fc.integer({ min: 0, max: 9 }).map((desiredCount): Action => (drill) => {
    if (drill.service.schedulingStrategy === 'DAEMON') return;
    drill.happens({
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

// What follows is reckoned anew, from the records alone, so that the core cannot agree with its own mistake.

const isWanted = ({ desiredStatus }: Task): boolean => desiredStatus === 'RUNNING';

function isHealthy(drill: ServiceDrill, task: Task): boolean {
  if (!isWanted(task) || task.lastStatus !== 'RUNNING') return false;
  if (task.containers.some(({ hasHealthCheck }) => hasHealthCheck)) return task.healthStatus === 'HEALTHY';
  return drill.now >= (task.startedAt ?? 0) + HEALTHY_AFTER_MS;
}

const isLeaving = (drill: ServiceDrill, { instance }: Task): boolean =>
  drill.state.instances.get(instance)?.status === 'DRAINING';

/** Of an older deployment or on an instance that drains: unhealthy, and it has been healthy. */
function isSlow(drill: ServiceDrill, task: Task): boolean {
  const isOutgoing = task.service?.deployment !== drill.service.deployments[0]?.id || isLeaving(drill, task);
  return isOutgoing && isWanted(task) && task.healthStatus === 'UNHEALTHY' && task.healthyAt !== undefined;
}

/** One step of the controller, and that it kept the limits. */
function checkedStep(drill: ServiceDrill): string {
  const before = new Map(drill.state.tasks);
  const daemon = drill.service.schedulingStrategy === 'DAEMON';
  const isDeleted = drill.service.status === 'DRAINING';
  const step = drill.step();
  const { desiredCount, deploymentConfiguration: percent } = drill.service;
  const after = drill.state.tasks;
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
  const places = (task: Task): boolean => !daemon || !isLeaving(drill, task);
  const healthy = [...before.values()].filter((task) => isHealthy(drill, task) && places(task));
  const taken = chosen.filter((task) => isHealthy(drill, task) && places(task));
  const lower = Math.ceil((desiredCount * percent.minimumHealthyPercent) / 100);
  if (taken.length > 0) expect(healthy.length - taken.length).toBeGreaterThanOrEqual(lower);
  const newest = drill.service.deployments[0]?.id;
  const slow = [...before.values()].filter((task) => isSlow(drill, task) && places(task));
  const takenSlow = chosen.filter((task) => isSlow(drill, task) && places(task));
  const serving = healthy.length + slow.length - taken.length - takenSlow.length;
  // Below the limit one slow task may go to make room, when every new task is healthy, and nothing with it.
  if (takenSlow.length > 0 && serving < lower) {
    const isNew = (task: Task): boolean => task.service?.deployment === newest && isWanted(task) && places(task);
    const onTheirWay = [...before.values()].filter((task) => isNew(task) && !isHealthy(drill, task));
    expect([chosen.length, onTheirWay.filter((task) => !isLeaving(drill, task))]).toEqual([1, []]);
  }
  for (const task of chosen) {
    const shielded = (task.protectedUntil ?? 0) > drill.now && !isLeaving(drill, task);
    if (shielded) expect(task.healthStatus).toBe('UNHEALTHY');
  }
  return step;
}

/** No more faults: agents work, time passes, the drained instance is replaced by another. */
function calm(drill: ServiceDrill): void {
  drill.happens(...registered(9));
  for (let round = 0; round < 60; round += 1) {
    for (let step = 0; step < 30 && !['wait', 'rest'].includes(checkedStep(drill)); step += 1);
    drill.agentsDoTheirWork();
    for (const task of drill.state.tasks.values()) {
      const isChecked = task.containers.some(({ hasHealthCheck }) => hasHealthCheck);
      if (isChecked && task.lastStatus === 'RUNNING') drill.happens(running(task, 'HEALTHY'));
    }
    const outcome = drill.look();
    if (outcome.kind === 'rest') return;
    if (outcome.kind !== 'wait') continue;
    if (outcome.until - drill.now > 60 * 60_000) return;
    drill.now = outcome.until;
  }
}

describe('whatever happens to a REPLICA service', () => {
  test.prop([percentages, fc.array(action, { maxLength: 120 }), checked], { numRuns: RUNS })(
    'no step breaks a limit; when faults stop it has its count, no task more or less',
    (percent, actions, hasHealthCheck) => {
      const drill = new ServiceDrill([...ground(INSTANCES), ...created(percent)], {}, 1_000_000, hasHealthCheck);
      for (const act of actions) act(drill);
      calm(drill);
      const { service } = drill;
      const { minimumHealthyPercent: min, maximumPercent: max } = service.deploymentConfiguration;
      const { desiredCount } = service;
      const leavesNoRoom = Math.ceil((desiredCount * min) / 100) >= Math.floor((desiredCount * max) / 100);
      if (leavesNoRoom && desiredCount > 0) return;
      const ids = drill.tasksThat(() => true).map((task) => task.service?.deployment);
      const newest = service.deployments[0]?.id ?? deployment(0);
      expect(ids).toEqual(Array.from({ length: desiredCount }, () => newest));
      expect(service.deployments.map(({ rolloutState }) => rolloutState)).toEqual(['COMPLETED']);
      expect(service.deployments[0]).toMatchObject({ runningCount: desiredCount, pendingCount: 0 });
    },
    TIMEOUT_MS,
  );
});

describe('whatever happens to a DAEMON service', () => {
  test.prop([fc.array(action, { maxLength: 120 }), fc.constantFrom(0, 50), checked], { numRuns: RUNS })(
    'never two on one instance; when faults stop there is one on each',
    (actions, minimumHealthyPercent, hasHealthCheck) => {
      const daemon = { desiredCount: 0, minimumHealthyPercent, maximumPercent: 100, daemon: true };
      const drill = new ServiceDrill([...ground(INSTANCES), ...created(daemon)], {}, 1_000_000, hasHealthCheck);
      for (const act of actions) act(drill);
      calm(drill);
      const places = [...drill.state.instances.values()].filter(({ status }) => status === 'ACTIVE');
      const hosts = drill.tasksThat(() => true).map(({ instance }) => instance);
      expect(hosts.sort()).toEqual(places.map(({ id }) => id).sort());
      expect(drill.service.desiredCount).toBe(places.length);
    },
    TIMEOUT_MS,
  );
});
