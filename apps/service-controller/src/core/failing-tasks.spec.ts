import type { Task } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { ServiceDrill } from '../testing/service-drill';
import { created, deployment, draining, ground, instance, running, started, stopped } from '../testing/service-history';

const SECOND_MS = 1_000;
const EIGHT_MINUTES_S = 8 * 60;
const FEW_TASKS = 12;

/** What a controller started in so many seconds, when agents do this to each task once a second. */
function startedWithin(drill: ServiceDrill, seconds: number, agents: (task: Task) => void): number {
  const seen = new Set<string>();
  for (let second = 0; second < seconds; second += 1) {
    drill.steps();
    for (const task of [...drill.state.tasks.values()]) {
      seen.add(task.id);
      if (task.desiredStatus === 'STOPPED') drill.happens(stopped(task));
      else agents(task);
    }
    drill.passes(SECOND_MS);
  }
  return seen.size;
}

describe('tasks that fail before they are healthy', () => {
  const ONE = { desiredCount: 1 };

  it('are not started again and again when their container exits at once', () => {
    const drill = new ServiceDrill([...ground(), ...created(ONE)]);
    const tasks = startedWithin(drill, EIGHT_MINUTES_S, (task) => drill.happens(running(task), stopped(task)));
    expect(tasks).toBeLessThanOrEqual(FEW_TASKS);
    expect(drill.service.deployments[0]?.failedTasks).toBe(tasks);
    expect(drill.service.lastSent['unable-to-start']?.text).toContain(
      'is unable to consistently start tasks successfully. Reason: It is over. For more information',
    );
  });

  it('are not started again and again when their health check fails', () => {
    const drill = new ServiceDrill([...ground(), ...created(ONE)], {}, 1_000_000, true);
    const tasks = startedWithin(drill, EIGHT_MINUTES_S, (task) => drill.happens(running(task, 'UNHEALTHY')));
    expect(tasks).toBeLessThanOrEqual(FEW_TASKS);
    expect(drill.service.deployments[0]?.lastFailure).toBe('Task failed container health checks (container web)');
  });

  it('trip the circuit breaker', () => {
    const drill = new ServiceDrill([...ground(), ...created({ ...ONE, breaker: { enable: true, rollback: false } })]);
    const tasks = startedWithin(drill, EIGHT_MINUTES_S, (task) => drill.happens(running(task), stopped(task)));
    expect(tasks).toBe(3);
    expect(drill.service.deployments[0]).toMatchObject({
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start. Reason: It is over.',
      failedTasks: 3,
    });
    expect(drill.service.events[0]?.text).toBe(
      '(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start. Reason: It is over.',
    );
  });

  it('are started at once again after one that was RUNNING for long enough', () => {
    const drill = new ServiceDrill([...ground(), ...created(ONE)]);
    startedWithin(drill, 30, (task) => drill.happens(running(task), stopped(task)));
    expect(drill.service.deployments[0]?.launches.generations).toBeGreaterThan(3);
    const lasts = 100;
    drill.passes(600 * SECOND_MS);
    startedWithin(drill, lasts, (task) => task.startedAt === undefined && drill.happens(running(task)));
    expect(drill.service.deployments[0]).toMatchObject({ failedTasks: 0, launches: { generations: 0 } });
  });

  it('keep those that wait for a place of their own: nothing is stopped to make room while starts wait', () => {
    const daemon = { desiredCount: 2, minimumHealthyPercent: 0, maximumPercent: 100, daemon: true };
    const drill = new ServiceDrill([...ground(2), ...created(daemon)], {}, 1_000_000, true);
    drill.steps();
    for (const task of drill.state.tasks.values()) drill.happens(running(task, 'HEALTHY'));
    drill.happens(started(2, 'updated'));
    const isNew = ({ service }: Task): boolean => service?.deployment === deployment(2);
    startedWithin(drill, 60, (task) => isNew(task) && drill.happens(running(task, 'UNHEALTHY')));
    expect(drill.tasksThat(isNew)).toHaveLength(2);
    expect(drill.look()).toMatchObject({ kind: 'wait' });
  });
});

/** A service whose three tasks were healthy and are too slow for their checks now, and an update. */
function slow(
  percent: { readonly minimumHealthyPercent?: number; readonly maximumPercent?: number } = {},
): ServiceDrill {
  const drill = new ServiceDrill([...ground(3), ...created({ desiredCount: 3, ...percent })], {}, 1_000_000, true);
  drill.steps();
  for (const task of drill.state.tasks.values()) drill.happens(running(task, 'HEALTHY'));
  drill.steps();
  drill.happens(started(2, 'updated'));
  for (const task of drill.state.tasks.values()) drill.happens(running(task, 'UNHEALTHY'));
  return drill;
}

const isOld = ({ service, desiredStatus }: Task): boolean =>
  service?.deployment === deployment(1) && desiredStatus === 'RUNNING';
const oldOnes = (drill: ServiceDrill): number => drill.tasksThat(isOld).length;

describe('tasks that were healthy and are too slow for their checks', () => {
  it('stay when the new ones never are healthy', () => {
    const drill = slow();
    startedWithin(drill, EIGHT_MINUTES_S, (task) => isOld(task) || drill.happens(running(task, 'UNHEALTHY')));
    expect(oldOnes(drill)).toBe(3);
  });

  it('go one by one, as new ones become healthy', () => {
    const drill = slow();
    drill.steps();
    for (const left of [2, 1, 0]) {
      const [next] = drill.tasksThat((task) => !isOld(task) && task.lastStatus === 'PENDING');
      drill.happens(running(next!, 'HEALTHY'));
      drill.steps();
      expect(oldOnes(drill)).toBe(left);
    }
    drill.agentsDoTheirWork();
    expect(drill.steps()).toContain('complete');
  });

  it.each([
    ['there is no room above', { minimumHealthyPercent: 100, maximumPercent: 125 }],
    ['there is no room on the instances', {}],
  ])('make room for one new task when %s', (_why, percent) => {
    const drill = slow(percent);
    const refusals = [{ instance: instance(0), reason: 'RESOURCE:MEMORY' }];
    const refused = { refusals, refused: { 'RESOURCE:MEMORY': 1 }, curedBy: ['TaskStopped'] as const };
    if (!('maximumPercent' in percent)) {
      const { now, situation } = drill;
      drill.tried = { deployment: deployment(2), at: now, position: situation.position, ...refused };
    }
    drill.steps();
    expect(oldOnes(drill)).toBe(2);
    drill.tried = undefined;
    startedWithin(drill, EIGHT_MINUTES_S, (task) => isOld(task) || drill.happens(running(task, 'UNHEALTHY')));
    expect(oldOnes(drill)).toBe(2);
  });

  it('stay on an instance that drains until others are healthy', () => {
    const drill = new ServiceDrill([...ground(2), ...created({ desiredCount: 2 })], {}, 1_000_000, true);
    drill.steps();
    for (const task of drill.state.tasks.values()) drill.happens(running(task, 'HEALTHY'));
    for (const task of drill.state.tasks.values()) drill.happens(running(task, 'UNHEALTHY'));
    drill.happens(draining(0));
    expect(drill.steps()).toEqual(['start 2']);
    expect(drill.tasksThat(isOld)).toHaveLength(4);
  });

  it('stay as tasks of a DAEMON service as far as the lower limit says', () => {
    const daemon = { desiredCount: 4, minimumHealthyPercent: 50, maximumPercent: 100, daemon: true };
    const drill = new ServiceDrill([...ground(4), ...created(daemon)], {}, 1_000_000, true);
    drill.steps();
    for (const task of drill.state.tasks.values()) drill.happens(running(task, 'HEALTHY'));
    drill.happens(started(2, 'updated'));
    for (const task of drill.state.tasks.values()) drill.happens(running(task, 'UNHEALTHY'));
    startedWithin(drill, EIGHT_MINUTES_S, (task) => isOld(task) || drill.happens(running(task, 'UNHEALTHY')));
    expect(oldOnes(drill)).toBe(2);
  });

  it('go at once when they never were healthy', () => {
    const drill = new ServiceDrill([...ground(), ...created({ desiredCount: 1 })], {}, 1_000_000, true);
    drill.steps();
    for (const task of drill.state.tasks.values()) drill.happens(running(task, 'UNHEALTHY'));
    drill.happens(started(2, 'updated'));
    expect(drill.steps()).toEqual(['start 1', 'stop 1']);
    expect(oldOnes(drill)).toBe(0);
  });
});
