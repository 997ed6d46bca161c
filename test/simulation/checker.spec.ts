import { type DomainEvent, taskId, transactionId } from '@stowage/domain';
import type { StoredEvent, Subject } from '@stowage/journal';
import { describe, expect, it } from 'vitest';
import {
  CLUSTER,
  created,
  draining,
  clusterEvents,
  instance,
  placed,
  protectedUntil,
  running,
  SERVICE,
  started,
  stopped,
  task,
} from '../../apps/service-controller/src/testing/service-history';
import { Checker } from './checker';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Returns a checker that has received each of the events as a transaction, one minute apart. */
function checkerOf(...transactions: readonly (readonly DomainEvent[])[]): Checker {
  return takenBy(new Checker(), transactions);
}

/** Each event is caused by its own request, named by its number, and has the subject of `any`. */
function takenBy(checker: Checker, transactions: readonly (readonly DomainEvent[])[], everyMs = MINUTE_MS): Checker {
  let sequence = 0;
  for (const [at, events] of transactions.entries()) {
    const id = transactionId(String(at));
    const stored = events.map((event): StoredEvent => {
      sequence += 1;
      const about = { subject: 'journal.any' as Subject, transaction: id, actor: 'service:test', cause: String(at) };
      return { ...about, event, sequence, at: at * everyMs };
    });
    checker.take({ id, events: stored, sequence });
  }
  return checker;
}

const began = [...clusterEvents(2), ...created({ desiredCount: 2, minimumHealthyPercent: 50, maximumPercent: 100 })];
const one = { id: task(1), instance: instance(0) };
const other = { id: task(2), instance: instance(0) };
const runs = [placed([one.id, other.id]), running(one), running(other)];

function step(decidedAt: number, started: readonly string[], stopped: readonly string[] = []): DomainEvent {
  return {
    type: 'ServiceStepTaken',
    version: 1,
    cluster: CLUSTER,
    service: SERVICE,
    deployment: 'ecs-svc/1',
    started: started.map(taskId),
    stopped: stopped.map((id) => ({ task: taskId(id), deployment: 'ecs-svc/1', reason: 'deployment' })),
    decidedAt,
    messages: [],
  };
}

describe('the checker', () => {
  const now = began.length + runs.length;

  it('finds nothing wrong with a step within the limits', () => {
    expect(checkerOf(began, runs, [step(now, [], [one.id])]).broken).toEqual([]);
  });

  it('reports a step that stops too many healthy tasks', () => {
    const { broken } = checkerOf(began, runs, [step(now, [], [one.id, other.id])]);
    expect(broken).toEqual([expect.stringContaining('leaves 0 of 2 healthy tasks, and 1 must stay')]);
  });

  it('reports a step that starts too many tasks', () => {
    const more = [placed([task(3)]), step(now, [task(3)])];
    expect(checkerOf(began, runs, more).broken).toEqual([expect.stringContaining('has 3 tasks, and 2 at most')]);
  });

  it('reports a step that stops old tasks that may serve before others are healthy', () => {
    const isChecked = placed([one.id, other.id], { hasHealthCheck: true });
    const before = [...began, isChecked, started(2, 'updated')];
    const slow = [one, other].flatMap((each) => [running(each, 'HEALTHY'), running(each, 'UNHEALTHY')]);
    const decidedAt = before.length + slow.length;
    const { broken } = checkerOf(before, slow, [step(decidedAt, [], [one.id, other.id])]);
    expect(broken).toEqual([expect.stringContaining('stops 2 tasks that may serve, and 1 must stay')]);
    expect(checkerOf(before, slow, [step(decidedAt, [], [one.id])]).broken).toEqual([]);
  });

  it('reports a service that starts failing tasks again and again', () => {
    const fails = (number: number): readonly DomainEvent[] => {
      const each = { id: task(number), instance: instance(0) };
      return [placed([each.id]), running(each), stopped(each)];
    };
    const often = Array.from({ length: 11 }, (_, number) => fails(number));
    const hasLoop = ({ broken }: Checker): boolean => broken.some((each) => each.includes('tasks that fail 11 times'));
    expect(hasLoop(checkerOf([...began, ...often.flat()]))).toBe(false);
    expect(hasLoop(checkerOf(began, ...often))).toBe(false);
    expect(hasLoop(takenBy(new Checker(), [began, ...often], SECOND_MS))).toBe(true);
  });

  it('reports a step that was decided without the step before it', () => {
    const { broken } = checkerOf(began, runs, [step(now, [], [one.id])], [step(now, [])]);
    expect(broken).toEqual([expect.stringContaining(`was decided at ${String(now)}, before ${String(now + 1)}`)]);
  });

  const scaledIn = (at: number): readonly DomainEvent[] => {
    const stops = step(at, [], [one.id]);
    if (stops.type !== 'ServiceStepTaken') throw new Error('The event is a step.');
    return [{ ...stops, stopped: stops.stopped.map((each) => ({ ...each, reason: 'scale-in' })) }];
  };

  it('reports a step that stops a protected task', () => {
    const guarded = [...runs, protectedUntil(one, 3 * MINUTE_MS)];
    const { broken } = checkerOf(began, guarded, scaledIn(now + 1));
    expect(broken).toEqual([expect.stringContaining(`stops the protected task ${one.id}: scale-in`)]);
    expect(checkerOf(began, guarded, [], [], scaledIn(now + 1)).broken).toEqual([]);
  });

  it('reports a write with a condition that no longer holds', () => {
    const [late, inTime] = [new Checker(), new Checker()];
    late.expect('1', began.length - 1);
    inTime.expect('1', began.length);
    expect(takenBy(late, [began, runs]).broken).toContainEqual(expect.stringContaining('a write expected journal.any'));
    expect(takenBy(inTime, [began, runs]).broken).toEqual([]);
  });

  const left: DomainEvent = {
    type: 'InstanceDeregistered',
    version: 1,
    cluster: CLUSTER,
    instance: instance(0),
    force: true,
  };

  it('reports an instance that leaves tasks behind, and a placement on an instance that was deregistered', () => {
    expect(checkerOf(began, runs, [left]).broken).toContainEqual(expect.stringContaining('left with tasks'));
    expect(checkerOf(began, [left], runs).broken).toContainEqual(expect.stringContaining('was never registered'));
  });

  it('reports a client token that places tasks twice', () => {
    const byToken = (id: string): DomainEvent => {
      const event = placed([taskId(id)]);
      if (event.type !== 'TasksPlaced') throw new Error('The event is a placement.');
      return { ...event, clientToken: { tokenHash: 'token', parametersHash: 'parameters' } };
    };
    const { broken } = checkerOf(began, [byToken('a')], [byToken('b')]);
    expect(broken).toEqual([expect.stringContaining('client token token placed tasks twice')]);
  });

  it('reports a placement on an instance that takes no tasks', () => {
    const { broken } = checkerOf(began, [draining(0)], [placed([one.id])]);
    expect(broken).toEqual([expect.stringContaining('got tasks though it takes none')]);
  });

  it('reports a host port that is assigned twice', () => {
    const twice = placed([one.id, other.id]);
    if (twice.type !== 'TasksPlaced') throw new Error('The event is a placement.');
    const ports = twice.tasks.map((each) => ({ ...each, resources: { ...each.resources, ports: [80] } }));
    expect(checkerOf(began, [{ ...twice, tasks: ports }]).broken).toEqual([
      expect.stringContaining('port of ports twice'),
    ]);
  });

  it('reports a GPU that is assigned twice, and one that does not exist', () => {
    const twice = placed([one.id, other.id]);
    if (twice.type !== 'TasksPlaced') throw new Error('The event is a placement.');
    const tasks = twice.tasks.map((each) => ({ ...each, resources: { ...each.resources, gpus: ['gpu'] } }));
    expect(checkerOf(began, [{ ...twice, tasks }]).broken).toEqual([
      expect.stringContaining('gives a GPU twice'),
      expect.stringContaining('gives a GPU that it does not have'),
    ]);
  });
});
