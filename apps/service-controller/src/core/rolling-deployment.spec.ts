import { describe, expect, it } from 'vitest';
import { ServiceHarness } from '../testing/service-harness';
import { created, clusterEvents, placed, running, started, task } from '../testing/service-history';

interface Row {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

/** A steady service of one deployment whose tasks are healthy, and an update. */
function updated(row: Row): ServiceHarness {
  const harness = new ServiceHarness([...clusterEvents(), ...created(row)]);
  harness.steps();
  harness.runAgents();
  harness.advance(60_000);
  harness.steps();
  harness.apply(started(2, 'updated'));
  return harness;
}

/** Returns the steps of a complete deployment. Agents work at once, and time passes until tasks are healthy. */
function rollOut(harness: ServiceHarness): readonly string[] {
  const steps: string[] = [];
  for (let round = 0; round < 12; round += 1) {
    steps.push(...harness.steps());
    harness.runAgents();
    harness.advance(20_000);
  }
  return steps;
}

describe('a rolling deployment follows the table of ecs-api 5.8.2', () => {
  it.each<[Row, readonly string[]]>([
    [
      { desiredCount: 4, minimumHealthyPercent: 50, maximumPercent: 100 },
      ['stop 2', 'start 2', 'stop 2', 'start 2', 'complete'],
    ],
    [{ desiredCount: 4, minimumHealthyPercent: 100, maximumPercent: 200 }, ['start 4', 'stop 4', 'complete']],
    [{ desiredCount: 2, minimumHealthyPercent: 75, maximumPercent: 100 }, ['say']],
    [{ desiredCount: 3, minimumHealthyPercent: 100, maximumPercent: 125 }, ['say']],
    [{ desiredCount: 1, minimumHealthyPercent: 0, maximumPercent: 100 }, ['stop 1', 'start 1', 'complete']],
    [{ desiredCount: 1, minimumHealthyPercent: 100, maximumPercent: 200 }, ['start 1', 'stop 1', 'complete']],
  ])('%o', (row, steps) => {
    const harness = updated(row);
    expect(rollOut(harness)).toEqual(steps);
    const { desiredCount } = row;
    expect(harness.state.tasks.size).toBe(desiredCount);
    const isStuck = steps[0] === 'say';
    expect(harness.service.deployments.map(({ status, rolloutState }) => [status, rolloutState])).toEqual(
      isStuck
        ? [
            ['PRIMARY', 'IN_PROGRESS'],
            ['ACTIVE', 'COMPLETED'],
          ]
        : [['PRIMARY', 'COMPLETED']],
    );
  });

  it('reports once that the percentages leave no room', () => {
    const harness = updated({ desiredCount: 3, minimumHealthyPercent: 100, maximumPercent: 125 });
    rollOut(harness);
    expect(harness.service.events.filter(({ kind }) => kind === 'stuck').map(({ text }) => text)).toEqual([
      '(service web) was unable to stop or start tasks during a deployment because of the service deployment ' +
        'configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    ]);
  });

  it('starts the whole count at once, and completes when all tasks are healthy', () => {
    const harness = new ServiceHarness([...clusterEvents(), ...created({ desiredCount: 3 })]);
    expect(harness.steps()).toEqual(['start 3']);
    expect(harness.reconcile().kind).toBe('rest');
    harness.runAgents();
    expect(harness.reconcile()).toMatchObject({ kind: 'wait', until: harness.now + 40_000 });
    harness.advance(40_000);
    expect(harness.steps()).toEqual(['complete']);
    expect(harness.service.events.map(({ text }) => text)).toEqual([
      '(service web) has reached a steady state.',
      `(service web) (deployment ecs-svc/1) deployment completed.`,
    ]);
    expect(harness.service.deployments[0]).toMatchObject({
      rolloutState: 'COMPLETED',
      rolloutStateReason: 'ECS deployment ecs-svc/1 completed.',
      runningCount: 3,
      pendingCount: 0,
    });
  });

  it('waits for the result of a health check, regardless of the time that a task has been RUNNING', () => {
    const harness = new ServiceHarness([...clusterEvents(), ...created({ desiredCount: 1 })]);
    harness.apply(placed([task(1)], { hasHealthCheck: true }));
    const [only] = harness.tasksWhere(() => true);
    harness.apply(running(only!, 'UNKNOWN'));
    harness.advance(1_000_000);
    expect(harness.reconcile().kind).toBe('rest');
    harness.apply(running(only!, 'HEALTHY'));
    expect(harness.steps()).toEqual(['complete']);
  });

  it('converges on the newest deployment when updates overlap', () => {
    const harness = updated({ desiredCount: 2, minimumHealthyPercent: 100, maximumPercent: 200 });
    expect(harness.step()).toBe('start 2');
    harness.apply(started(3, 'updated'));
    // Two tasks of the second deployment are pending. They serve no requests, so they stop at once.
    expect(harness.step()).toBe('stop 2');
    expect(rollOut(harness)).toEqual(['start 2', 'stop 2', 'complete']);
    expect(harness.service.deployments.map(({ id }) => id)).toEqual(['ecs-svc/3']);
    expect(harness.tasksWhere(({ service }) => service?.deployment !== 'ecs-svc/3')).toEqual([]);
  });

  it('removes a deployment without tasks, and keeps the one with tasks', () => {
    const harness = updated({ desiredCount: 1, minimumHealthyPercent: 0, maximumPercent: 100 });
    expect(harness.service.deployments.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE']);
    harness.step();
    harness.runAgents();
    expect(harness.service.deployments.map(({ id }) => id)).toEqual(['ecs-svc/2']);
  });

  it('continues after the last step of another controller, from the state alone', () => {
    const row = { desiredCount: 4, minimumHealthyPercent: 50, maximumPercent: 100 };
    const one = updated(row);
    const steps: string[] = [];
    for (let round = 0; round < 30; round += 1) {
      steps.push(one.step());
      one.lastAttempt = undefined;
      one.runAgents();
      one.advance(20_000);
    }
    expect(steps.filter((step) => step !== 'wait')).toEqual(['stop 2', 'start 2', 'stop 2', 'start 2', 'complete']);
  });
});
