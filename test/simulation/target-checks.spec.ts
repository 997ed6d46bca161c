import { applyEvent, ClusterState, clusterName, type DomainEvent } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import {
  CLUSTER,
  created,
  clusterEvents as instances,
  instance,
  placed,
  running,
  SERVICE,
  stopRequested,
  task,
} from '../../apps/service-controller/src/testing/service-history';
import { ground, LOAD_BALANCERS } from './ground';
import { Repetitions } from './repetitions';
import { isHealthyTarget, restlessTargets, wrongOfTargets } from './target-checks';

const one = { id: task(1), instance: instance(0) };
const about = { version: 1, targetGroup: 'blue' } as const;
const target = { id: `i-${one.instance}`, port: 32_768 };
const of = { cluster: CLUSTER, service: SERVICE, task: one.id, container: 'main', containerPort: 80 };
const DELAY_MS = 60_000;

const registered: DomainEvent = {
  ...about,
  type: 'TargetsRegistered',
  targets: [{ ...target, address: '127.0.0.1', task: of }],
};
const healthy: DomainEvent = {
  ...about,
  type: 'TargetHealthChanged',
  targets: [{ ...target, health: { state: 'healthy' } }],
};
const deregistered: DomainEvent = {
  ...about,
  type: 'TargetsDeregistered',
  targets: [target],
  drainUntil: DELAY_MS,
};
const drained: DomainEvent = { ...about, type: 'TargetsDrained', targets: [target] };
const taskDrained: DomainEvent = {
  type: 'TaskDrained',
  version: 1,
  cluster: CLUSTER,
  instance: one.instance,
  task: one.id,
};

/** A service behind the group `blue` with one running task, and the given events after it, all at time 0. */
function stateAfter(...events: readonly DomainEvent[]): ClusterState {
  const [service, deployment] = created({ desiredCount: 1 });
  if (!service || deployment?.type !== 'DeploymentStarted') throw new Error('A service starts with a deployment.');
  const loadBalancers = LOAD_BALANCERS.slice(0, 1).map(({ targetGroupArn = '' }) => ({
    targetGroupArn,
    containerName: 'main',
    containerPort: 80,
  }));
  const began = [service, { ...deployment, revision: { ...deployment.revision, loadBalancers } }];
  const state = new ClusterState();
  const groups = ground(clusterName('other'), 0).events;
  for (const event of [...groups, ...instances(), ...began, placed([one.id]), running(one), ...events]) {
    applyEvent(state, event, { at: 0 });
  }
  return state;
}

const wrong = (state: ClusterState, event: DomainEvent, at: number, isServed = false): readonly string[] =>
  wrongOfTargets(state, event, {
    at,
    serves: (group, { port }) => isServed && group === 'blue' && port === target.port,
  });

describe('the checks of targets', () => {
  it('report a task that its service stops without draining its targets', () => {
    const stop = { ...stopRequested(one), stopCode: 'ServiceSchedulerInitiated' } as DomainEvent;
    expect(wrong(stateAfter(registered), stop, 0)).toEqual([expect.stringContaining('without draining')]);
    expect(wrong(stateAfter(registered), { ...stop, drain: true } as DomainEvent, 0)).toEqual([]);
    expect(wrong(stateAfter(), stop, 0)).toEqual([]);
    // A stop by a user does not drain.
    expect(wrong(stateAfter(registered), stopRequested(one), 0)).toEqual([]);
  });

  it('report a task that gets its stop while its targets drain', () => {
    const stopping = { ...stopRequested(one), drain: true } as DomainEvent;
    for (const events of [
      [registered, stopping],
      [registered, stopping, deregistered],
    ]) {
      const early = wrong(stateAfter(...events), taskDrained, DELAY_MS - 1);
      expect(early).toEqual([expect.stringContaining('its targets drain')]);
      expect(wrong(stateAfter(...events), taskDrained, DELAY_MS)).toEqual([]);
    }
    expect(wrong(stateAfter(registered, deregistered, drained), taskDrained, 0)).toEqual([]);
  });

  it('report a target that is marked as drained while it gets requests', () => {
    const state = stateAfter(registered, deregistered);
    expect(wrong(state, drained, DELAY_MS - 1, true)).toEqual([expect.stringContaining('and it is served')]);
    expect(wrong(state, drained, DELAY_MS - 1, false)).toEqual([]);
    expect(wrong(state, drained, DELAY_MS, true)).toEqual([]);
  });

  it('distinguish tasks with healthy targets from tasks that need none', () => {
    const health = (...events: readonly DomainEvent[]): boolean | undefined => {
      const state = stateAfter(...events);
      const found = state.tasks.get(one.id);
      return found && isHealthyTarget(state, found);
    };
    expect([health(), health(registered), health(registered, healthy)]).toEqual([false, false, true]);
  });

  it('report targets that are not in their final state at the end', () => {
    expect(restlessTargets(stateAfter(registered, healthy))).toEqual([]);
    expect(restlessTargets(stateAfter())).toEqual([expect.stringContaining('is not a healthy target')]);
    expect(restlessTargets(stateAfter(registered, healthy, deregistered))).toContainEqual(
      expect.stringContaining('drains'),
    );
    expect(restlessTargets(stateAfter(registered, healthy, stopRequested(one)))).toContainEqual(
      expect.stringContaining('is of no task'),
    );
  });

  it('report a task that is registered again and again', () => {
    const repetitions = new Repetitions();
    const found = Array.from({ length: 20 }, () => repetitions.take(registered)).flat();
    expect(found).toEqual([`${one.id} in blue is registered again and again`]);
  });
});
