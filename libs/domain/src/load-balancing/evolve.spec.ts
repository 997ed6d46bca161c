import { describe, expect, it } from 'vitest';
import { clusterName, taskId } from '../ids';
import { stateOf, T0 } from '../testing/given';
import {
  listenerCreated,
  loadBalancerCreated,
  ruleCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../testing/load-balancing-events';

const about = { version: 1, loadBalancer: 'front' } as const;

describe('a load balancer', () => {
  it('is provisioning until its data plane reports another state', () => {
    const created = [loadBalancerCreated('front')];
    expect(stateOf(created).loadBalancers.get('front')).toMatchObject({
      state: { code: 'provisioning' },
      createdAt: T0,
    });
    const active = { type: 'LoadBalancerStateChanged', ...about, state: { code: 'active' } } as const;
    expect(stateOf([...created, active]).loadBalancers.get('front')?.state).toEqual({ code: 'active' });
  });

  it('keeps rules ordered by priority when priorities or the listener change', () => {
    const state = stateOf([
      loadBalancerCreated('front'),
      listenerCreated('front', 'l1', 80),
      ruleCreated('front', 'l1', 'r2', 20),
      ruleCreated('front', 'l1', 'r1', 10),
      { type: 'RulePrioritiesSet', ...about, listener: 'l1', priorities: [{ rule: 'r1', priority: 30 }] },
      { type: 'ListenerUpdated', ...about, listener: 'l1', settings: listenerCreated('front', 'l1', 81).settings },
    ]);
    const [listener] = state.loadBalancers.get('front')?.listeners ?? [];
    expect(listener).toMatchObject({ id: 'l1', port: 81, defaultRule: 'l1-default' });
    expect(listener?.rules.map(({ id, priority }) => [id, priority])).toEqual([
      ['r2', 20],
      ['r1', 30],
    ]);
  });

  it('is deleted together with its listeners and rules', () => {
    const state = stateOf([
      loadBalancerCreated('front'),
      listenerCreated('front', 'l1', 80),
      { type: 'LoadBalancerDeleted', ...about },
      // A late report of the data plane.
      { type: 'LoadBalancerStateChanged', ...about, state: { code: 'active' } },
    ]);
    expect(state.loadBalancers.size).toBe(0);
  });
});

describe('a target group', () => {
  const group = { version: 1, targetGroup: 'web' } as const;
  const [a, b] = [
    { id: 'i-1', port: 8080 },
    { id: 'i-1', port: 8081 },
  ];
  const registered = [targetGroupCreated('web'), targetsRegistered('web', [a, b])];

  it('identifies targets by id and port', () => {
    const health = { state: 'healthy' } as const;
    const changed = { type: 'TargetHealthChanged', ...group, targets: [{ ...b, health }] } as const;
    const states = stateOf([...registered, changed])
      .targetGroups.get('web')
      ?.targets.map((target) => target.health.state);
    expect(states).toEqual(['initial', 'healthy']);
  });

  it('drains a target until it is drained or registered again, regardless of health reports', () => {
    const drain = { type: 'TargetsDeregistered', ...group, targets: [a], drainUntil: T0 + 1 } as const;
    const healthy = {
      type: 'TargetHealthChanged',
      ...group,
      targets: [{ ...a, health: { state: 'healthy' } }],
    } as const;
    const draining = stateOf([...registered, drain, healthy]).targetGroups.get('web')?.targets[0];
    expect(draining).toMatchObject({ ...a, health: { state: 'draining' }, drainUntil: T0 + 1 });
    const drained = { type: 'TargetsDrained', ...group, targets: [a] } as const;
    expect(stateOf([...registered, drain, drained]).targetGroups.get('web')?.targets).toMatchObject([b]);
    const again = stateOf([...registered, drain, targetsRegistered('web', [a])]).targetGroups.get('web')?.targets;
    expect(again).toMatchObject([b, { ...a, health: { state: 'initial' } }]);
    expect(again?.[1]?.drainUntil).toBeUndefined();
  });

  it('is found by the tasks of its targets while it has them', () => {
    const task = taskId('t1');
    const of = { cluster: clusterName('shop'), service: 'web', task, container: 'web', containerPort: 80 };
    const history = [targetGroupCreated('web'), targetsRegistered('web', [{ ...a, task: of }])];
    expect([...stateOf(history).targetGroupsOf(task)]).toEqual(['web']);
    const gone = { type: 'TargetsDrained', ...group, targets: [a] } as const;
    expect(stateOf([...history, gone]).targetGroupsOf(task).size).toBe(0);
    expect(stateOf([...history, { type: 'TargetGroupDeleted', ...group }]).targetGroupsOf(task).size).toBe(0);
  });
});
