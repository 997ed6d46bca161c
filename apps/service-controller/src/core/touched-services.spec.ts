import { type DomainEvent, type ServiceKey } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { ServiceHarness } from '../testing/service-harness';
import {
  created,
  draining,
  clusterEvents,
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
import { servicesTouchedBy, tasksAddedBy, tasksEndedBy } from './touched-services';

const TASK = { id: task(1), instance: instance(0) };

/**
 * Returns the services that an event marks after a history. The services of the tasks are known as in the controller.
 */
function touched(history: readonly DomainEvent[], event: DomainEvent): readonly ServiceKey[] {
  const services = new Map(history.flatMap(tasksAddedBy));
  for (const [id, key] of tasksAddedBy(event)) services.set(id, key);
  const harness = new ServiceHarness([...history, event]);
  return servicesTouchedBy(event, harness.state, (id) => services.get(id));
}

const replica = [...clusterEvents(2), ...created({ desiredCount: 1 })];
const withTask = [...replica, placed([TASK.id])];
const daemon = [...clusterEvents(2), ...created({ desiredCount: 2, daemon: true, maximumPercent: 100 })];

describe('a service is reconciled', () => {
  it.each<[string, readonly DomainEvent[], DomainEvent]>([
    ['after its own events', replica, started(2, 'updated')],
    ['when a task of it is placed', replica, placed([TASK.id])],
    ['when a task of it changes its status', withTask, running(TASK)],
    ['when a user stops a task of it', withTask, stopRequested(TASK)],
    ['when a task of it has stopped and is no longer in the state', withTask, stopped(TASK)],
    ['when a task of it is protected', withTask, protectedUntil(TASK, 1)],
    ['when an instance with a task of it drains', withTask, draining(0)],
    ['as a DAEMON service, when an instance joins', daemon, registered(9)[0]!],
    ['as a DAEMON service, when an instance drains', daemon, draining(1)],
    ['as a DAEMON service, when an agent connects', daemon, registered(1)[1]!],
  ])('%s', (_when, history, event) => {
    expect(touched(history, event)).toEqual([KEY]);
  });

  it('as a DAEMON service when the last other task leaves a draining instance', () => {
    const history = [...daemon, placed([TASK.id]), placed([task(2)], { service: undefined }), draining(0)];
    expect(touched(history, stopped({ id: task(2), instance: instance(0) }))).toEqual([KEY]);
  });

  it.each<[string, readonly DomainEvent[], DomainEvent]>([
    ['when an instance without a task of it drains', withTask, draining(1)],
    ['when an instance joins', withTask, registered(9)[0]!],
  ])('not %s', (_when, history, event) => {
    expect(touched(history, event)).toEqual([]);
  });

  it('while its tasks are known from their placement until they stop', () => {
    expect(tasksAddedBy(placed([TASK.id]))).toEqual([[TASK.id, KEY]]);
    expect(tasksEndedBy(stopped(TASK))).toEqual([TASK.id]);
    expect(tasksEndedBy(running(TASK))).toEqual([]);
  });
});
