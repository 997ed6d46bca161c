import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../state/events';
import { clusterName, instanceId, taskId } from '../ids';
import { clusterCreated, instanceRegistered, tasksPlaced } from '../testing/events';
import { given, stateOf, T0 } from '../testing/given';
import type { ContainerInstance } from './records/container-instance';
import { decideLoss, decideRecovery } from './lose-instance';

const about = { version: 1, cluster: clusterName('shop'), instance: instanceId('i1') } as const;
const { cluster, instance } = about;
const connection = (connected: boolean) => ({ ...about, type: 'InstanceConnectionChanged', connected }) as const;
const lost = { ...about, type: 'InstanceLost' } as const;
const recovered = { ...about, type: 'InstanceRecovered' } as const;
const registered = [clusterCreated('shop'), instanceRegistered('shop', 'i1'), connection(true)];
const placed = tasksPlaced('shop', 'i1', ['t1', 't2']);
const givenUp = {
  ...about,
  type: 'TasksGivenUp',
  tasks: [taskId('t1'), taskId('t2')],
  stopCode: 'InfrastructureHealth',
  stoppedReason: 'Host EC2 (instance i-i1) stopped/terminated.',
} as const;

const after = (...events: readonly DomainEvent[]): ContainerInstance | undefined =>
  stateOf([...registered, ...events]).instances.get(instance);

describe('an instance whose agent was disconnected for too long', () => {
  const lose = (state: Parameters<typeof decideLoss>[0]) => decideLoss(state, instance);

  it('is marked as lost together with its tasks', () => {
    const outcome = given(...registered, placed, connection(false)).when(lose);
    outcome.then(lost, givenUp);
    expect(outcome.state.tasks.size).toBe(0);
    expect(outcome.state.instances.get(instance)).toMatchObject({
      status: 'ACTIVE',
      agentConnected: false,
      lostAt: T0,
      used: { memory: 0 },
      runningTasksCount: 0,
      pendingTasksCount: 0,
    });
  });

  it('is marked as lost without an event for tasks if it has none', () => {
    given(...registered, connection(false))
      .when(lose)
      .then(lost);
  });

  it('is not marked as lost when it is connected, already lost or deregistered', () => {
    given(...registered, placed)
      .when(lose)
      .then();
    given(...registered, connection(false), lost)
      .when(lose)
      .then();
    given(...registered, connection(false), { ...about, type: 'InstanceDeregistered', force: false })
      .when(lose)
      .then();
  });

  it('keeps the stop code and reason of a task that was stopping', () => {
    const [stopCode, stoppedReason] = ['UserInitiated', 'enough'] as const;
    const requested = { ...about, type: 'TaskStopRequested', task: taskId('t1'), stopCode, stoppedReason } as const;
    given(...registered, placed, requested, connection(false))
      .when(lose)
      .then(lost, givenUp);
  });
});

describe('a lost instance', () => {
  it('reports in its status reason what blocks its recovery', () => {
    const [away, back] = [after(connection(false), lost), after(connection(false), lost, connection(true))];
    expect(away?.statusReason).toContain('was disconnected for too long');
    expect(back).toMatchObject({ agentConnected: true, lostAt: T0 });
    expect(back?.statusReason).toContain('is connected again');
    const whole = after(connection(false), lost, connection(true), recovered);
    expect(whole).not.toHaveProperty('statusReason');
    expect(whole).not.toHaveProperty('lostAt');
  });

  it('recovers only from the loss that its agent cleaned up after', () => {
    const recover = (lostAt: number) => (state: Parameters<typeof decideRecovery>[0]) =>
      decideRecovery(state, { cluster, instance, lostAt });
    const history = given(...registered, connection(false), lost, connection(true));
    history.when(recover(T0)).then(recovered);
    history.when(recover(T0 - 1)).then();
    given(...registered)
      .when(recover(T0))
      .then();
  });
});
