import {
  clusterName,
  type DomainEvent,
  instanceId,
  type InstanceId,
  NO_RESOURCES,
  type PlacedTask,
  taskId,
  type TaskId,
  transactionId,
} from '@stowage/domain';
import type { Journal, Transaction } from '@stowage/journal';
import { uuidv7 } from 'uuidv7';

export const CLUSTER = clusterName('busy');
const ON = { version: 1, cluster: CLUSTER } as const;
const TRANSACTION_EVENTS = 500;
const COMMITS_IN_FLIGHT = 4;

export const instanceOf = (number: number): InstanceId => instanceId(number.toString(16).padStart(32, 'a'));
export const taskOf = (number: number): TaskId => taskId(number.toString(16).padStart(32, '0'));

function registered(number: number): readonly DomainEvent[] {
  const instance = instanceOf(number);
  const zone = { name: 'ecs.availability-zone', value: `zone-${'abc'.charAt(number % 3)}` };
  return [
    {
      type: 'InstanceRegistered',
      ...ON,
      instance,
      ec2InstanceId: `i-${instance.slice(-8)}`,
      versionInfo: {},
      resources: { ...NO_RESOURCES, cpu: 64_000, memory: 256_000 },
      attributes: [zone, { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
      tags: [],
    },
    { type: 'InstanceConnectionChanged', ...ON, instance, connected: true },
  ];
}

function placed(number: number): PlacedTask {
  const container = { id: `c-${String(number)}`, name: 'web', image: 'web:1', cpu: '10', essential: true };
  return {
    id: taskOf(number),
    taskDefinition: { family: 'web', revision: 1 },
    containers: [{ ...container, memory: '64', hasHealthCheck: false }],
    overrides: {},
    resources: { ...NO_RESOURCES, cpu: 10, memory: 64 },
    cpu: '10',
    memory: '64',
    group: 'family:web',
    launchType: 'EC2',
    tags: [],
    enableExecuteCommand: false,
  };
}

const running = (number: number, instance: InstanceId): DomainEvent => ({
  type: 'TaskProgressed',
  ...ON,
  instance,
  task: taskOf(number),
  lastStatus: 'RUNNING',
  containers: [],
});

const stopped = (number: number, instance: InstanceId): DomainEvent => ({
  type: 'TaskStopped',
  ...ON,
  instance,
  task: taskOf(number),
  containers: [],
  stopCode: 'UserInitiated',
  stoppedReason: 'bench',
});

const clusterCreated: DomainEvent = {
  type: 'ClusterCreated',
  ...ON,
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
};

const webRegistered: DomainEvent = {
  type: 'TaskDefinitionRegistered',
  version: 1,
  family: 'web',
  revision: 1,
  definition: {
    family: 'web',
    containerDefinitions: [{ name: 'web', image: 'web:1', memory: 64, cpu: 10, essential: true }],
    compatibilities: ['EXTERNAL', 'EC2'],
  },
  tags: [],
  registeredBy: 'bench',
};

export interface BusyOptions {
  readonly instances: number;
  /** Number of tasks that run at the end. */
  readonly tasks: number;
  /** Number of events in total. The rest of them are tasks that start and stop. */
  readonly events: number;
}

/** A history of a cluster of that size: first all instances and tasks are added, then tasks start and stop. */
export function* busyHistory({ instances, tasks, events }: BusyOptions): Generator<DomainEvent> {
  yield clusterCreated;
  yield webRegistered;
  for (let number = 0; number < instances; number += 1) yield* registered(number);
  yield* tasksThatRun({ instances, from: 0, to: tasks });
  yield* tasksThatCameAndWent({ instances, from: tasks, events: events - 2 - 2 * instances - 2 * tasks });
}

/** Tasks with these numbers, on the instances in turn. */
export function* tasksThatRun(asked: {
  readonly instances: number;
  readonly from: number;
  readonly to: number;
}): Generator<DomainEvent> {
  for (let number = asked.from; number < asked.to; number += 1) {
    const instance = instanceOf(number % asked.instances);
    yield { type: 'TasksPlaced', ...ON, instance, tasks: [placed(number)] };
    yield running(number, instance);
  }
}

/** At least this number of events of tasks whose numbers start at `from`. The state at the end is the one before. */
export function* tasksThatCameAndWent(asked: {
  readonly instances: number;
  readonly from: number;
  readonly events: number;
}): Generator<DomainEvent> {
  for (let number = asked.from, count = 0; count < asked.events; number += 1, count += 3) {
    const instance = instanceOf(number % asked.instances);
    yield { type: 'TasksPlaced', ...ON, instance, tasks: [placed(number)] };
    yield running(number, instance);
    yield stopped(number, instance);
  }
}

/** Writes a history in large transactions without expectations. Resolves with the end of the journal. */
export async function fill(journal: Journal, history: Iterable<DomainEvent>): Promise<number> {
  const inFlight = new Set<Promise<unknown>>();
  const commit = async (events: readonly DomainEvent[]): Promise<void> => {
    const transaction: Transaction = {
      id: transactionId(uuidv7()),
      events,
      expectations: [],
      at: Date.now(),
      actor: 'service:bench',
      cause: 'bench',
    };
    const committing = journal.commit(transaction).finally(() => inFlight.delete(committing));
    inFlight.add(committing);
    if (inFlight.size >= COMMITS_IN_FLIGHT) await Promise.race(inFlight);
  };
  let events: DomainEvent[] = [];
  for (const event of history) {
    events.push(event);
    if (events.length < TRANSACTION_EVENTS) continue;
    await commit(events);
    events = [];
  }
  if (events.length > 0) await commit(events);
  await Promise.all(inFlight);
  return journal.lastSequence();
}
