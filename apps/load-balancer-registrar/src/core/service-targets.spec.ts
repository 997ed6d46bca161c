import {
  applyEvent,
  type ClusterState,
  clusterName,
  decideCreateService,
  type DomainEvent,
  instanceId,
  seededRandom,
  taskId,
} from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../../../../libs/domain/src/testing/load-balancing-events';
import {
  clusterCreated,
  instanceRegistered,
  taskDefinitionRegistered,
  tasksPlaced,
} from '../../../../libs/domain/src/testing/events';
import { stateOf } from '../../../../libs/domain/src/testing/given';
import { serviceTargetEvents } from './service-targets';

const NOW = 1_000;
const USERS = { id: 'i-1', port: 1 };
/** The target of a task that was deleted. */
const ORPHAN = {
  id: 'i-1',
  port: 2,
  task: {
    cluster: clusterName('sea'),
    service: 'web',
    task: taskId('a'.repeat(32)),
    container: 'web',
    containerPort: 80,
  },
};
const group: readonly DomainEvent[] = [targetGroupCreated('group'), targetsRegistered('group', [USERS, ORPHAN])];
const listener = listenerCreated('front', 'listener', 80);
const used: readonly DomainEvent[] = [
  ...group,
  loadBalancerCreated('front'),
  { ...listener, settings: { ...listener.settings, defaultAction: forwardTo('group') } },
];
const delayed = (seconds: string): DomainEvent => ({
  type: 'TargetGroupUpdated',
  version: 1,
  targetGroup: 'group',
  attributes: { 'deregistration_delay.timeout_seconds': seconds },
});

const eventsAfter = (...history: readonly DomainEvent[]): readonly DomainEvent[] =>
  serviceTargetEvents(stateOf(history), { now: NOW, random: seededRandom(1) });

describe('the target of a deleted task', () => {
  const about = { version: 1, targetGroup: 'group', targets: [{ id: 'i-1', port: 2 }] };

  it.each<[string, readonly DomainEvent[], number]>([
    ['five minutes', used, 300],
    ['the delay of its group', [...used, delayed('20')], 20],
  ])('drains with %s, and the target of a user stays', (_howLong, history, seconds) => {
    const drainUntil = NOW + seconds * 1_000;
    expect(eventsAfter(...history)).toEqual([{ ...about, type: 'TargetsDeregistered', drainUntil }]);
  });

  it.each<[string, readonly DomainEvent[]]>([
    ['no load balancer uses the group', group],
    ['the delay is zero', [...used, delayed('0')]],
  ])('is drained at once if %s', (_why, history) => {
    expect(eventsAfter(...history)).toMatchObject([
      { type: 'TargetsDeregistered' },
      { ...about, type: 'TargetsDrained' },
    ]);
  });
});

describe('the targets of tasks', () => {
  const [cluster, instance] = [clusterName('sea'), instanceId('1'.repeat(32))];
  const [old, young] = [taskId('a'.repeat(32)), taskId('b'.repeat(32))];
  const web = taskDefinitionRegistered('web', 1);
  const ground: readonly DomainEvent[] = [
    ...used.filter(({ type }) => type !== 'TargetsRegistered'),
    clusterCreated(cluster),
    instanceRegistered(cluster, instance),
    {
      ...web,
      definition: {
        family: 'web',
        containerDefinitions: [{ name: 'web', image: 'web', memory: 8, portMappings: [{ containerPort: 80 }] }],
      },
    },
  ];

  function serving(): ClusterState {
    const state = stateOf(ground);
    const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/group/group-id';
    const events = decideCreateService(state, {
      cluster,
      input: {
        serviceName: 'web',
        desiredCount: 2,
        loadBalancers: [{ targetGroupArn: arn, containerName: 'web', containerPort: 80 }],
      },
      taskDefinition: { family: 'web', revision: 1 },
      principal: 'ann',
      random: seededRandom(1),
    });
    for (const event of events) applyEvent(state, event, { at: 0 });
    return state;
  }

  /** Places the task and makes it RUNNING on port 32768 of the instance. */
  function begin(state: ClusterState, task: typeof old, at: number): void {
    const deployment = [...state.services.values()][0]?.deployments[0]?.id ?? '';
    const placement = tasksPlaced(cluster, instance, [task]);
    const tasks = placement.tasks.map((each) => ({ ...each, service: { name: 'web', deployment } }));
    applyEvent(state, { ...placement, tasks }, { at });
    const networkBindings = [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: 32_768, protocol: 'tcp' as const }];
    const containers = [{ name: 'web', lastStatus: 'RUNNING' as const, networkBindings }];
    const about = { version: 1, cluster, instance, task } as const;
    applyEvent(state, { ...about, type: 'TaskProgressed', lastStatus: 'RUNNING', containers }, { at });
  }

  /** Applies the events of one reconcile pass and returns their types. */
  function runPass(state: ClusterState): readonly string[] {
    const events = serviceTargetEvents(state, { now: NOW, random: seededRandom(1) });
    for (const event of events) applyEvent(state, event, { at: NOW });
    return events.map(({ type }) => type);
  }

  it('point to the task that started last if two tasks report the same port, without further changes', () => {
    const state = serving();
    begin(state, old, 1);
    expect(runPass(state)).toEqual(['TargetsRegistered', 'ServiceMessagesRecorded']);
    begin(state, young, 2);
    expect(runPass(state)).toEqual(['TargetsRegistered', 'ServiceMessagesRecorded']);
    expect(state.targetGroups.get('group')?.targets).toMatchObject([{ port: 32_768, task: { task: young } }]);
    expect(state.targetGroups.get('group')?.targets[0]?.drainUntil).toBeUndefined();
    expect(runPass(state)).toEqual([]);
  });
});
