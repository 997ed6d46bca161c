import { type DomainEvent, type Ecs, type InstanceId, seededRandom } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../../libs/domain/src/testing/given';
import { CLUSTER, clusterCreated, defined, ids, instance, placedOn, registered, web } from '../testing/history';
import type { PlacementDecision } from './placement-decision';
import { decideStartTask, parseStartTask } from './start-task';

const ground: readonly DomainEvent[] = [
  clusterCreated,
  defined('app'),
  ...registered(instance(1)),
  ...registered(instance(2), { attributes: [{ name: 'ecs.capability.external' }] }),
];

function startTask(
  instances: readonly InstanceId[],
  {
    history = ground,
    input = {},
    family = 'app',
  }: {
    readonly history?: readonly DomainEvent[];
    readonly input?: Partial<Ecs.StartTaskRequest>;
    readonly family?: string;
  } = {},
): PlacementDecision {
  return decideStartTask(
    parseStartTask(
      { taskDefinition: family, containerInstances: instances, ...input },
      { cluster: CLUSTER, taskDefinition: { family }, instances },
    ),
    {
      state: stateOf(history),
      random: seededRandom(1),
      ids: ids(10),
      deregistered: new Set([instance(9)]),
    },
  );
}

describe('StartTask', () => {
  it('starts one task on each named instance, with the launch type of the instance', () => {
    const decision = startTask([instance(2), instance(1)]);
    expect(placedOn(decision.events)).toEqual({ [instance(1)]: 1, [instance(2)]: 1 });
    expect(decision.placements.map(({ task }) => task.launchType)).toEqual(['EXTERNAL', 'EC2']);
  });

  it('reports missing and deregistered instances, and starts on the others', () => {
    const decision = startTask([instance(8), instance(1), instance(9)]);
    expect(decision).toMatchObject({
      placements: [{ instance: instance(1) }],
      refusals: [
        { instance: instance(8), reason: 'MISSING' },
        { instance: instance(9), reason: 'INACTIVE' },
      ],
    });
  });

  it('checks resources, connection and draining', () => {
    const history: readonly DomainEvent[] = [
      ...ground,
      ...registered(instance(3), { resources: { cpu: 100 } }),
      ...registered(instance(4), { connected: false }),
      { type: 'InstanceStatusChanged', version: 1, cluster: CLUSTER, instance: instance(1), status: 'DRAINING' },
    ];
    expect(startTask([instance(1), instance(3), instance(4)], { history })).toMatchObject({
      events: [],
      refusals: [{ reason: 'DRAINING' }, { reason: 'RESOURCE:CPU' }, { reason: 'AGENT' }],
    });
  });

  it('assigns GPUs by the ids of each instance', () => {
    const gpu = { ...web, resourceRequirements: [{ type: 'GPU' as const, value: '1' }] };
    const history: readonly DomainEvent[] = [
      clusterCreated,
      defined('app', { containerDefinitions: [gpu] }),
      ...registered(instance(1), { resources: { gpus: ['a'] } }),
      ...registered(instance(2), { resources: { gpus: ['b'] } }),
      ...registered(instance(3)),
    ];
    const { placements, refusals } = startTask([instance(2), instance(1), instance(3)], { history });
    expect(placements.map(({ task }) => task.resources.gpus)).toEqual([['b'], ['a']]);
    expect(refusals).toMatchObject([{ instance: instance(3), reason: 'RESOURCE:GPU' }]);
  });

  it('requires the attributes of the definition, and none of its placement constraints', () => {
    const elsewhere = { type: 'memberOf' as const, expression: 'attribute:ecs.availability-zone == nowhere' };
    const history: readonly DomainEvent[] = [
      ...ground,
      defined('constrained', { placementConstraints: [elsewhere] }),
      defined('demanding', { requiresAttributes: [{ name: 'gold' }] }),
    ];
    const reasons = (family: string) =>
      startTask([instance(1)], { history, family }).refusals.map((each) => each.reason);
    expect(reasons('constrained')).toEqual([]);
    expect(reasons('demanding')).toEqual(['ATTRIBUTE']);
  });

  it('refuses an empty list, eleven instances, and a duplicate', () => {
    const eleven = Array.from({ length: 11 }, (_, at) => instance(at));
    expect(() => startTask([])).toThrow('Container instances cannot be empty.');
    expect(() => startTask(eleven)).toThrow('Container instances can have at most 10 items.');
    expect(() => startTask([instance(1), instance(1)])).toThrow('Container instances must be unique.');
    expect(() => startTask([instance(1)], { input: { startedBy: 'x'.repeat(37) } })).toThrow(
      'startedBy can have at most 36 characters.',
    );
  });
});
