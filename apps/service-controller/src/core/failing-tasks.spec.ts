import type { Task } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { ServiceHarness } from '../testing/service-harness';
import {
  created,
  deployment,
  draining,
  clusterEvents,
  instance,
  running,
  started,
  stopped,
} from '../testing/service-history';

const SECOND_MS = 1_000;
const EIGHT_MINUTES_S = 8 * 60;
const FEW_TASKS = 12;

/**
 * Returns the number of tasks that the controller starts within `seconds`, if `agents` runs on each task once per
 * second.
 */
function startedWithin(harness: ServiceHarness, seconds: number, agents: (task: Task) => void): number {
  const seen = new Set<string>();
  for (let second = 0; second < seconds; second += 1) {
    harness.steps();
    for (const task of [...harness.state.tasks.values()]) {
      seen.add(task.id);
      if (task.desiredStatus === 'STOPPED') harness.apply(stopped(task));
      else agents(task);
    }
    harness.advance(SECOND_MS);
  }
  return seen.size;
}

describe('tasks that fail before they are healthy', () => {
  const ONE = { desiredCount: 1 };

  it('are started with a backoff when their container exits at once', () => {
    const harness = new ServiceHarness([...clusterEvents(), ...created(ONE)]);
    const tasks = startedWithin(harness, EIGHT_MINUTES_S, (task) => harness.apply(running(task), stopped(task)));
    expect(tasks).toBeLessThanOrEqual(FEW_TASKS);
    expect(harness.service.deployments[0]?.failedTasks).toBe(tasks);
    expect(harness.service.lastSent['unable-to-start']?.text).toContain(
      'is unable to consistently start tasks successfully. Reason: It is over. For more information',
    );
  });

  it('are started with a backoff when their health check fails', () => {
    const harness = new ServiceHarness([...clusterEvents(), ...created(ONE)], {}, 1_000_000, true);
    const tasks = startedWithin(harness, EIGHT_MINUTES_S, (task) => harness.apply(running(task, 'UNHEALTHY')));
    expect(tasks).toBeLessThanOrEqual(FEW_TASKS);
    expect(harness.service.deployments[0]?.lastFailure).toBe('Task failed container health checks (container web)');
  });

  it('trip the circuit breaker', () => {
    const harness = new ServiceHarness([
      ...clusterEvents(),
      ...created({ ...ONE, breaker: { enable: true, rollback: false } }),
    ]);
    const tasks = startedWithin(harness, EIGHT_MINUTES_S, (task) => harness.apply(running(task), stopped(task)));
    expect(tasks).toBe(3);
    expect(harness.service.deployments[0]).toMatchObject({
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start. Reason: It is over.',
      failedTasks: 3,
    });
    expect(harness.service.events[0]?.text).toBe(
      '(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start. Reason: It is over.',
    );
  });

  it('are started without a delay after a task was RUNNING for long enough', () => {
    const harness = new ServiceHarness([...clusterEvents(), ...created(ONE)]);
    startedWithin(harness, 30, (task) => harness.apply(running(task), stopped(task)));
    expect(harness.service.deployments[0]?.launches.generations).toBeGreaterThan(3);
    const lasts = 100;
    harness.advance(600 * SECOND_MS);
    startedWithin(harness, lasts, (task) => task.startedAt === undefined && harness.apply(running(task)));
    expect(harness.service.deployments[0]).toMatchObject({ failedTasks: 0, launches: { generations: 0 } });
  });

  it('do not cause a stop: the controller makes no room while the backoff delays starts', () => {
    const daemon = { desiredCount: 2, minimumHealthyPercent: 0, maximumPercent: 100, daemon: true };
    const harness = new ServiceHarness([...clusterEvents(2), ...created(daemon)], {}, 1_000_000, true);
    harness.steps();
    for (const task of harness.state.tasks.values()) harness.apply(running(task, 'HEALTHY'));
    harness.apply(started(2, 'updated'));
    const isNew = ({ service }: Task): boolean => service?.deployment === deployment(2);
    startedWithin(harness, 60, (task) => isNew(task) && harness.apply(running(task, 'UNHEALTHY')));
    expect(harness.tasksWhere(isNew)).toHaveLength(2);
    expect(harness.reconcile()).toMatchObject({ kind: 'wait' });
  });
});

/** A service with three tasks that were healthy and are now too slow for their checks, and an update. */
function slowService(
  percent: { readonly minimumHealthyPercent?: number; readonly maximumPercent?: number } = {},
): ServiceHarness {
  const harness = new ServiceHarness(
    [...clusterEvents(3), ...created({ desiredCount: 3, ...percent })],
    {},
    1_000_000,
    true,
  );
  harness.steps();
  for (const task of harness.state.tasks.values()) harness.apply(running(task, 'HEALTHY'));
  harness.steps();
  harness.apply(started(2, 'updated'));
  for (const task of harness.state.tasks.values()) harness.apply(running(task, 'UNHEALTHY'));
  return harness;
}

const isOld = ({ service, desiredStatus }: Task): boolean =>
  service?.deployment === deployment(1) && desiredStatus === 'RUNNING';
const oldOnes = (harness: ServiceHarness): number => harness.tasksWhere(isOld).length;

describe('tasks that were healthy and are too slow for their checks', () => {
  it('keep running when the new tasks never become healthy', () => {
    const harness = slowService();
    startedWithin(harness, EIGHT_MINUTES_S, (task) => isOld(task) || harness.apply(running(task, 'UNHEALTHY')));
    expect(oldOnes(harness)).toBe(3);
  });

  it('stop one by one as new tasks become healthy', () => {
    const harness = slowService();
    harness.steps();
    for (const left of [2, 1, 0]) {
      const [next] = harness.tasksWhere((task) => !isOld(task) && task.lastStatus === 'PENDING');
      harness.apply(running(next!, 'HEALTHY'));
      harness.steps();
      expect(oldOnes(harness)).toBe(left);
    }
    harness.runAgents();
    expect(harness.steps()).toContain('complete');
  });

  it.each([
    ['the upper limit leaves no room', { minimumHealthyPercent: 100, maximumPercent: 125 }],
    ['the instances have no capacity', {}],
  ])('make room for one new task when %s', (_why, percent) => {
    const harness = slowService(percent);
    const refusals = [{ instance: instance(0), reason: 'RESOURCE:MEMORY' }];
    const refused = { refusals, refused: { 'RESOURCE:MEMORY': 1 }, curedBy: ['TaskStopped'] as const };
    if (!('maximumPercent' in percent)) {
      const { now, situation } = harness;
      harness.lastAttempt = { deployment: deployment(2), at: now, position: situation.position, ...refused };
    }
    harness.steps();
    expect(oldOnes(harness)).toBe(2);
    harness.lastAttempt = undefined;
    startedWithin(harness, EIGHT_MINUTES_S, (task) => isOld(task) || harness.apply(running(task, 'UNHEALTHY')));
    expect(oldOnes(harness)).toBe(2);
  });

  it('keep running on a draining instance until other tasks are healthy', () => {
    const harness = new ServiceHarness([...clusterEvents(2), ...created({ desiredCount: 2 })], {}, 1_000_000, true);
    harness.steps();
    for (const task of harness.state.tasks.values()) harness.apply(running(task, 'HEALTHY'));
    for (const task of harness.state.tasks.values()) harness.apply(running(task, 'UNHEALTHY'));
    harness.apply(draining(0));
    expect(harness.steps()).toEqual(['start 2']);
    expect(harness.tasksWhere(isOld)).toHaveLength(4);
  });

  it('keep running in a DAEMON service as far as the lower limit requires', () => {
    const daemon = { desiredCount: 4, minimumHealthyPercent: 50, maximumPercent: 100, daemon: true };
    const harness = new ServiceHarness([...clusterEvents(4), ...created(daemon)], {}, 1_000_000, true);
    harness.steps();
    for (const task of harness.state.tasks.values()) harness.apply(running(task, 'HEALTHY'));
    harness.apply(started(2, 'updated'));
    for (const task of harness.state.tasks.values()) harness.apply(running(task, 'UNHEALTHY'));
    startedWithin(harness, EIGHT_MINUTES_S, (task) => isOld(task) || harness.apply(running(task, 'UNHEALTHY')));
    expect(oldOnes(harness)).toBe(2);
  });

  it('stop at once when they were never healthy', () => {
    const harness = new ServiceHarness([...clusterEvents(), ...created({ desiredCount: 1 })], {}, 1_000_000, true);
    harness.steps();
    for (const task of harness.state.tasks.values()) harness.apply(running(task, 'UNHEALTHY'));
    harness.apply(started(2, 'updated'));
    expect(harness.steps()).toEqual(['start 1', 'stop 1']);
    expect(oldOnes(harness)).toBe(0);
  });
});
