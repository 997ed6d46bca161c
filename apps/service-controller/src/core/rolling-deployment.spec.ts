import { describe, expect, it } from 'vitest';
import { ServiceDrill } from '../testing/service-drill';
import { created, ground, placed, running, started, task } from '../testing/service-history';

interface Row {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

/** A steady service of one deployment whose tasks have been healthy for long, and an update. */
function updated(row: Row): ServiceDrill {
  const drill = new ServiceDrill([...ground(), ...created(row)]);
  drill.steps();
  drill.agentsDoTheirWork();
  drill.passes(60_000);
  drill.steps();
  drill.happens(started(2, 'updated'));
  return drill;
}

/** The steps of a whole deployment: agents work at once, health is waited for. */
function rollOut(drill: ServiceDrill): readonly string[] {
  const steps: string[] = [];
  for (let round = 0; round < 12; round += 1) {
    steps.push(...drill.steps());
    drill.agentsDoTheirWork();
    drill.passes(20_000);
  }
  return steps;
}

describe('a rolling deployment goes by the table of ecs-api 5.8.2', () => {
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
    const drill = updated(row);
    expect(rollOut(drill)).toEqual(steps);
    const { desiredCount } = row;
    expect(drill.state.tasks.size).toBe(desiredCount);
    const isStuck = steps[0] === 'say';
    expect(drill.service.deployments.map(({ status, rolloutState }) => [status, rolloutState])).toEqual(
      isStuck
        ? [
            ['PRIMARY', 'IN_PROGRESS'],
            ['ACTIVE', 'COMPLETED'],
          ]
        : [['PRIMARY', 'COMPLETED']],
    );
  });

  it('says once that percentages leave no room', () => {
    const drill = updated({ desiredCount: 3, minimumHealthyPercent: 100, maximumPercent: 125 });
    rollOut(drill);
    expect(drill.service.events.filter(({ kind }) => kind === 'stuck').map(({ text }) => text)).toEqual([
      '(service web) was unable to stop or start tasks during a deployment because of the service deployment ' +
        'configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    ]);
  });

  it('begins with the whole count, and is over when all tasks are healthy', () => {
    const drill = new ServiceDrill([...ground(), ...created({ desiredCount: 3 })]);
    expect(drill.steps()).toEqual(['start 3']);
    expect(drill.look().kind).toBe('rest');
    drill.agentsDoTheirWork();
    expect(drill.look()).toMatchObject({ kind: 'wait', until: drill.now + 40_000 });
    drill.passes(40_000);
    expect(drill.steps()).toEqual(['complete']);
    expect(drill.service.events.map(({ text }) => text)).toEqual([
      '(service web) has reached a steady state.',
      `(service web) (deployment ecs-svc/1) deployment completed.`,
    ]);
    expect(drill.service.deployments[0]).toMatchObject({
      rolloutState: 'COMPLETED',
      rolloutStateReason: 'ECS deployment ecs-svc/1 completed.',
      runningCount: 3,
      pendingCount: 0,
    });
  });

  it('waits for the verdict of a health check, however long a task has been RUNNING', () => {
    const drill = new ServiceDrill([...ground(), ...created({ desiredCount: 1 })]);
    drill.happens(placed([task(1)], { hasHealthCheck: true }));
    const [only] = drill.tasksThat(() => true);
    drill.happens(running(only!, 'UNKNOWN'));
    drill.passes(1_000_000);
    expect(drill.look().kind).toBe('rest');
    drill.happens(running(only!, 'HEALTHY'));
    expect(drill.steps()).toEqual(['complete']);
  });

  it('the newest deployment wins when updates overlap', () => {
    const drill = updated({ desiredCount: 2, minimumHealthyPercent: 100, maximumPercent: 200 });
    expect(drill.step()).toBe('start 2');
    drill.happens(started(3, 'updated'));
    // Two of the second deployment are pending: they serve nobody and make room at once.
    expect(drill.step()).toBe('stop 2');
    expect(rollOut(drill)).toEqual(['start 2', 'stop 2', 'complete']);
    expect(drill.service.deployments.map(({ id }) => id)).toEqual(['ecs-svc/3']);
    expect(drill.tasksThat(({ service }) => service?.deployment !== 'ecs-svc/3')).toEqual([]);
  });

  it('lets a deployment that has no tasks left go, and keeps the one that has', () => {
    const drill = updated({ desiredCount: 1, minimumHealthyPercent: 0, maximumPercent: 100 });
    expect(drill.service.deployments.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE']);
    drill.step();
    drill.agentsDoTheirWork();
    expect(drill.service.deployments.map(({ id }) => id)).toEqual(['ecs-svc/2']);
  });

  it('goes on where another controller stopped: nothing is remembered but the state', () => {
    const row = { desiredCount: 4, minimumHealthyPercent: 50, maximumPercent: 100 };
    const one = updated(row);
    const steps: string[] = [];
    for (let round = 0; round < 30; round += 1) {
      steps.push(one.step());
      one.tried = undefined;
      one.agentsDoTheirWork();
      one.passes(20_000);
    }
    expect(steps.filter((step) => step !== 'wait')).toEqual(['stop 2', 'start 2', 'stop 2', 'start 2', 'complete']);
  });
});
