import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { applyEvent } from './state/apply-event';
import { decideCreateCluster } from './cluster/create-cluster';
import { decideDeleteCluster } from './cluster/delete-cluster';
import { ClusterState } from './state/cluster-state';
import { decideDeregisterInstance } from './container-instance/deregister-instance';
import { decideRegisterInstance } from './container-instance/register-instance';
import type { DomainEvent } from './state/events';
import { clusterName, instanceId, type TaskId, taskId } from './ids';
import { Refusal } from './refusal';
import { decideStopTask } from './task/stop-task';
import type { TaskEvent } from './task/records/task';
import { clusterCreated, instanceRegistered, tasksPlaced } from './testing/events';
import { T0 } from './testing/given';

type Step = (state: ClusterState, nth: number) => readonly DomainEvent[];

const cluster = fc.constantFrom('a', 'b').map(clusterName);
const instance = fc.constantFrom('i1', 'i2', 'i3').map(instanceId);
/** A running task if there is one, otherwise one that does not exist. */
const task = fc.nat().map((nth) => (state: ClusterState): TaskId => {
  const running = [...state.tasks.keys()];
  return running[nth % (running.length + 1)] ?? taskId('unknown');
});

const create = cluster.map(
  (name): Step =>
    (state) =>
      decideCreateCluster(state, { input: { clusterName: name }, principal: 'me' }),
);
const remove = cluster.map(
  (name): Step =>
    (state) =>
      decideDeleteCluster(state, name),
);
const register = cluster.map(
  (name): Step =>
    (state, nth) =>
      decideRegisterInstance(state, {
        cluster: name,
        input: {},
        newId: instanceId(`i${(nth % 3) + 1}`),
        newEc2InstanceId: 'i-0',
        defaultAvailabilityZone: 'us-east-1a',
      }).events.filter((event) => !state.instances.has(event.instance)),
);
const deregister = fc.tuple(cluster, instance, fc.boolean()).map(
  ([name, id, force]): Step =>
    (state) =>
      decideDeregisterInstance(state, { cluster: name, instance: id, force }),
);
/** Like a scheduler, places only if an instance is ACTIVE. */
const place = instance.map((id): Step => (state, nth) => {
  const host = state.instances.get(id);
  return host?.status === 'ACTIVE' ? [tasksPlaced(host.cluster, id, [`t${nth}`])] : [];
});
const stop = fc.tuple(cluster, task).map(
  ([name, which]): Step =>
    (state) =>
      decideStopTask(state, { cluster: name, task: which(state) }),
);
/** Like agents, reports late, twice, and about tasks that are gone. */
const report = fc.tuple(task, fc.constantFrom('PENDING', 'RUNNING', 'STOPPED')).map(([which, lastStatus]): Step => {
  return (state) => {
    const id = which(state);
    const known = state.tasks.get(id);
    const of = {
      version: 1,
      cluster: known?.cluster ?? clusterName('a'),
      instance: known?.instance ?? instanceId('i1'),
      task: id,
      containers: [],
    } as const;
    const event: TaskEvent =
      lastStatus === 'STOPPED'
        ? { ...of, type: 'TaskStopped', stopCode: 'EssentialContainerExited', stoppedReason: 'exited' }
        : { ...of, type: 'TaskProgressed', lastStatus };
    return [event];
  };
});

const anyStep = fc.oneof(
  { weight: 2, arbitrary: create },
  { weight: 1, arbitrary: remove },
  { weight: 2, arbitrary: register },
  { weight: 2, arbitrary: deregister },
  { weight: 6, arbitrary: place },
  { weight: 2, arbitrary: stop },
  { weight: 5, arbitrary: report },
);
/** Most runs start with existing resources. Otherwise most steps would be rejected. */
const steps = fc
  .tuple(fc.boolean(), fc.array(anyStep, { maxLength: 60, size: 'max' }))
  .map(([begun, rest]) => (begun ? [...ground, ...rest] : rest));
const ground: readonly Step[] = [
  () => [clusterCreated('a'), clusterCreated('b')],
  () => [instanceRegistered('a', 'i1'), instanceRegistered('a', 'i2'), instanceRegistered('b', 'i3')],
];

/** The steps that were accepted and applied. */
function run(state: ClusterState, step: Step, nth: number): readonly DomainEvent[] {
  try {
    const events = step(state, nth);
    for (const event of events) applyEvent(state, event, { at: T0 + nth });
    return events;
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

function checkBooks(state: ClusterState): void {
  const tasks = [...state.tasks.values()];
  for (const [name, { status, ...counts }] of state.clusters) {
    const own = tasks.filter((one) => one.cluster === name);
    expect(counts.pendingTasksCount).toBe(own.filter(({ lastStatus }) => lastStatus === 'PENDING').length);
    expect(counts.runningTasksCount).toBe(own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length);
    expect(counts.registeredContainerInstancesCount).toBe(state.instancesOf(name).size);
    if (status === 'INACTIVE') expect(own.length + state.instancesOf(name).size).toBe(0);
  }
  for (const host of state.instances.values()) {
    const own = tasks.filter((one) => one.instance === host.id);
    expect(host.used.memory).toBe(own.reduce((sum, { resources }) => sum + resources.memory, 0));
    expect(host.pendingTasksCount + host.runningTasksCount).toBe(own.length);
    expect(state.clusters.get(host.cluster)?.status).toBe('ACTIVE');
  }
}

describe('any sequence of commands', () => {
  test.prop([steps])('leaves consistent counters and ledgers after every step', (taken) => {
    const state = new ClusterState();
    for (const [nth, step] of taken.entries()) {
      run(state, step, nth);
      checkBooks(state);
    }
  });

  test.prop([steps])('folds to the same state each time', (taken) => {
    const state = new ClusterState();
    const again = new ClusterState();
    for (const [nth, step] of taken.entries()) {
      const wire = JSON.stringify(run(state, step, nth));
      for (const event of JSON.parse(wire) as readonly DomainEvent[]) applyEvent(again, event, { at: T0 + nth });
    }
    expect(again).toEqual(state);
  });
});
