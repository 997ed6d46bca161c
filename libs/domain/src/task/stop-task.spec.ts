import { describe, expect, it } from 'vitest';
import type { ReadonlyClusterState } from '../state/cluster-state';
import { clusterName, instanceId, taskId } from '../ids';
import { Refusal } from '../refusal';
import { clusterCreated, instanceRegistered, tasksPlaced } from '../testing/events';
import { given } from '../testing/given';
import { decideStopTask, isTaskNotFound } from './stop-task';

const cluster = clusterName('shop');
const task = taskId('t1');
const history = [clusterCreated('shop'), instanceRegistered('shop', 'i1'), tasksPlaced('shop', 'i1', ['t1'])];
const requested = {
  type: 'TaskStopRequested',
  version: 1,
  cluster,
  instance: instanceId('i1'),
  task,
  stopCode: 'UserInitiated',
  stoppedReason: 'Task stopped by user',
} as const;
const stop =
  (reason?: string) =>
  (state: ReadonlyClusterState): ReturnType<typeof decideStopTask> =>
    decideStopTask(state, { cluster, task, reason });

describe('StopTask', () => {
  it('requests the stop with the given reason', () => {
    given(...history)
      .when(stop())
      .then(requested);
    given(...history)
      .when(stop('too old'))
      .then({ ...requested, stoppedReason: 'too old' });
  });

  it('does not change a stop that was requested before', () => {
    const outcome = given(...history, requested).when(stop('again'));
    outcome.then();
    expect(outcome.state.tasks.get(task)).toMatchObject({
      desiredStatus: 'STOPPED',
      stoppedReason: requested.stoppedReason,
    });
  });

  it('does not find a task of another cluster or one that has stopped', () => {
    const other = clusterCreated('other');
    given(...history, other)
      .when((state) => decideStopTask(state, { cluster: other.cluster, task }))
      .thenRefused('InvalidParameterException', 'The referenced task was not found.');
    const { type: _, ...rest } = requested;
    given(...history, { ...rest, type: 'TaskStopped', containers: [] })
      .when(stop())
      .thenRefused('InvalidParameterException', 'The referenced task was not found.');
  });

  it('marks a missing task with an error that callers can recognise', () => {
    expect(isTaskNotFound(new Refusal('InvalidParameterException', 'The referenced task was not found.'))).toBe(true);
    expect(isTaskNotFound(new Refusal('ClusterNotFoundException', 'Cluster not found.'))).toBe(false);
  });

  it('is rejected for a reason that is too long', () => {
    given(...history)
      .when(stop('x'.repeat(1025)))
      .thenRefused('InvalidParameterException', 'reason can have at most 1024 characters.');
  });
});
