import { type DomainEvent, type ServiceKey } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { ServiceDrill } from '../testing/service-drill';
import {
  created,
  draining,
  ground,
  instance,
  KEY,
  placed,
  protectedUntil,
  registered,
  running,
  started,
  stopped,
  stopRequested,
  task,
} from '../testing/service-history';
import { servicesTouchedBy, tasksBroughtBy, tasksEndedBy } from './touched-services';

const TASK = { id: task(1), instance: instance(0) };

/** What an event marks after a history; tasks are known as the controller knows them. */
function touched(history: readonly DomainEvent[], event: DomainEvent): readonly ServiceKey[] {
  const services = new Map(history.flatMap(tasksBroughtBy));
  for (const [id, key] of tasksBroughtBy(event)) services.set(id, key);
  const drill = new ServiceDrill([...history, event]);
  return servicesTouchedBy(event, drill.state, (id) => services.get(id));
}

const replica = [...ground(2), ...created({ desiredCount: 1 })];
const withTask = [...replica, placed([TASK.id])];
const daemon = [...ground(2), ...created({ desiredCount: 2, daemon: true, maximumPercent: 100 })];

describe('a service is looked at', () => {
  it.each<[string, readonly DomainEvent[], DomainEvent]>([
    ['after its own events', replica, started(2, 'updated')],
    ['when a task of it was placed', replica, placed([TASK.id])],
    ['when a task of it moves on', withTask, running(TASK)],
    ['when somebody stops a task of it', withTask, stopRequested(TASK)],
    ['when a task of it is over, though the state has forgotten it', withTask, stopped(TASK)],
    ['when a task of it is protected', withTask, protectedUntil(TASK, 1)],
    ['when an instance that it has a task on drains', withTask, draining(0)],
    ['as a DAEMON service, when an instance joins', daemon, registered(9)[0]!],
    ['as a DAEMON service, when an instance drains', daemon, draining(1)],
    ['as a DAEMON service, when an agent connects', daemon, registered(1)[1]!],
  ])('%s', (_when, history, event) => {
    expect(touched(history, event)).toEqual([KEY]);
  });

  it('as a DAEMON service when the last other task leaves an instance that drains', () => {
    const history = [...daemon, placed([TASK.id]), placed([task(2)], { service: undefined }), draining(0)];
    expect(touched(history, stopped({ id: task(2), instance: instance(0) }))).toEqual([KEY]);
  });

  it.each<[string, readonly DomainEvent[], DomainEvent]>([
    ['when an instance that it has no task on drains', withTask, draining(1)],
    ['when an instance joins', withTask, registered(9)[0]!],
  ])('not %s', (_when, history, event) => {
    expect(touched(history, event)).toEqual([]);
  });

  it('and its tasks are known from their placement to their end', () => {
    expect(tasksBroughtBy(placed([TASK.id]))).toEqual([[TASK.id, KEY]]);
    expect(tasksEndedBy(stopped(TASK))).toEqual([TASK.id]);
    expect(tasksEndedBy(running(TASK))).toEqual([]);
  });
});
