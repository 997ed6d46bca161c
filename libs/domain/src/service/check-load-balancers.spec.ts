import { describe, expect, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { clusterName } from '../ids';
import { seededRandom } from '../seeded-random';
import { clusterCreated, taskDefinitionRegistered } from '../testing/events';
import { given, stateOf } from '../testing/given';
import { forwardTo, listenerCreated, loadBalancerCreated, targetGroupCreated } from '../testing/load-balancing-events';
import { decideCreateService } from './create-service';
import { serviceKey } from './records/service';
import { decideUpdateService } from './update-service';

const shop = clusterName('shop');
const arnOf = (group: string): string =>
  `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${group}/${group}-id`;
const behind = (group: string, container = 'web', containerPort = 80): Ecs.LoadBalancer => ({
  targetGroupArn: arnOf(group),
  containerName: container,
  containerPort,
});

const web = taskDefinitionRegistered('web', 1);
const definition = {
  ...web.definition,
  containerDefinitions: [
    { name: 'web', image: 'busybox', memory: 32, portMappings: [{ containerPort: 80 }, { containerPort: 81 }] },
    { name: 'dns', image: 'busybox', memory: 32, portMappings: [{ containerPort: 53, protocol: 'udp' as const }] },
  ],
};
const listener = listenerCreated('front', 'l1', 80);
const history = [
  clusterCreated('shop'),
  { ...web, definition },
  {
    ...web,
    revision: 2,
    definition: { ...definition, containerDefinitions: definition.containerDefinitions.slice(1) },
  },
  ...['a', 'b', 'c', 'd', 'e', 'lonely'].map(targetGroupCreated),
  { ...targetGroupCreated('addresses'), targetType: 'ip' as const },
  loadBalancerCreated('front'),
  {
    ...listener,
    settings: { ...listener.settings, defaultAction: forwardTo('a', 'b', 'c', 'd', 'e') },
  },
];

type State = Parameters<typeof decideCreateService>[0];
const create =
  (input: Partial<Ecs.CreateServiceRequest>) =>
  (state: State): ReturnType<typeof decideCreateService> =>
    decideCreateService(state, {
      cluster: shop,
      input: { serviceName: 'web', desiredCount: 1, ...input },
      taskDefinition: { family: 'web', revision: 1 },
      principal: 'ann',
      random: seededRandom(1),
    });

describe('CreateService behind load balancers', () => {
  it('keeps the load balancer configuration and the grace period', () => {
    const loadBalancers = ['a', 'b', 'c', 'd', 'e'].map((group) => behind(group));
    const { state, events } = given(...history).when(create({ loadBalancers, healthCheckGracePeriodSeconds: 7 }));
    expect(events).toHaveLength(2);
    const service = state.services.get(serviceKey('shop', 'web'));
    expect(service?.deployments[0]?.revision.loadBalancers).toEqual(loadBalancers);
    expect(service?.healthCheckGracePeriodSeconds).toBe(7);
  });

  it('keeps the role of a service with one target group', () => {
    const loadBalancers = [behind('a')];
    const { state, events } = given(...history).when(create({ loadBalancers, role: 'ecsServiceRole' }));
    expect(state.services.get(serviceKey('shop', 'web'))?.role).toBe('ecsServiceRole');
    given(...history, ...events)
      .when(create({ loadBalancers, role: 'ecsServiceRole' }))
      .then();
    given(...history, ...events)
      .when(create({ loadBalancers }))
      .thenRefused('InvalidParameterException', 'Creation of service was not idempotent.');
  });

  it('is idempotent with the same load balancers and rejected with others', () => {
    const created = given(...history).when(create({ loadBalancers: [behind('a')] })).events;
    given(...history, ...created)
      .when(create({ loadBalancers: [behind('a')] }))
      .then();
    given(...history, ...created)
      .when(create({ loadBalancers: [behind('b')] }))
      .thenRefused('InvalidParameterException', 'Creation of service was not idempotent.');
  });

  it.each<[string, Partial<Ecs.CreateServiceRequest>]>([
    [
      'load balancers can have at most 5 items',
      { loadBalancers: ['a', 'b', 'c', 'd', 'e', 'a'].map((group) => behind(group)) },
    ],
    ['load balancers must be unique', { loadBalancers: [behind('a'), behind('a')] }],
    [
      'loadBalancerName and targetGroupArn cannot both be specified',
      { loadBalancers: [{ ...behind('a'), loadBalancerName: 'x' }] },
    ],
    ['The container api does not exist in the task definition.', { loadBalancers: [behind('a', 'api')] }],
    ['The container web did not have a container port 82 defined.', { loadBalancers: [behind('a', 'web', 82)] }],
    ['The container dns did not have a container port 53 defined.', { loadBalancers: [behind('a', 'dns', 53)] }],
    [`The target group ${arnOf('none')} does not exist.`, { loadBalancers: [behind('none')] }],
    [
      `The target group with targetGroupArn ${arnOf('lonely')} does not have an associated load balancer.`,
      { loadBalancers: [behind('lonely')] },
    ],
    [
      `The provided target group ${arnOf('addresses')} has target type ip, which is incompatible with the bridge network mode specified in the task definition.`,
      { loadBalancers: [behind('addresses')] },
    ],
    [
      'Health check grace period is only valid for services configured to use load balancers',
      { healthCheckGracePeriodSeconds: 1 },
    ],
    ['IAM roles are only valid for services configured to use load balancers', { role: 'ecsServiceRole' }],
    [
      'You cannot specify an IAM role for services that require a service linked role',
      { role: 'ecsServiceRole', loadBalancers: [behind('a'), behind('b')] },
    ],
    ['role must be the name or the ARN of an IAM role.', { role: 'a role', loadBalancers: [behind('a')] }],
    [
      'role must be the name or the ARN of an IAM role.',
      { role: 'arn:aws:iam::123456789012:user/ann', loadBalancers: [behind('a')] },
    ],
  ])('is rejected: %s', (message, input) => {
    given(...history)
      .when(create(input))
      .thenRefused('InvalidParameterException', message);
  });
});

describe('UpdateService', () => {
  const created = given(...history).when(create({ loadBalancers: [behind('a')] })).events;
  const update =
    (input: Partial<Ecs.UpdateServiceRequest>, revision?: number) =>
    (state: State): ReturnType<typeof decideUpdateService> =>
      decideUpdateService(state, {
        cluster: shop,
        service: 'web',
        existed: true,
        input: { service: 'web', ...input },
        ...(revision !== undefined && { taskDefinition: { family: 'web', revision } }),
        random: seededRandom(2),
      });
  const loadBalancersAfter = (input: Partial<Ecs.UpdateServiceRequest>): unknown => {
    const { events } = given(...history, ...created).when(update(input));
    const state = stateOf([...history, ...created, ...events]);
    return state.services.get(serviceKey('shop', 'web'))?.deployments[0]?.revision.loadBalancers;
  };

  it('starts a deployment with other load balancers or with none, but not with the same ones', () => {
    expect(loadBalancersAfter({ loadBalancers: [behind('b')] })).toEqual([behind('b')]);
    expect(loadBalancersAfter({ loadBalancers: [] })).toBeUndefined();
    given(...history, ...created)
      .when(update({ loadBalancers: [behind('a')] }))
      .then();
  });

  it('keeps the load balancers in a deployment that has another cause', () => {
    expect(loadBalancersAfter({ forceNewDeployment: true })).toEqual([behind('a')]);
  });

  it('changes the grace period without a deployment', () => {
    given(...history, ...created)
      .when(update({ healthCheckGracePeriodSeconds: 9 }))
      .then({
        type: 'ServiceUpdated',
        version: 1,
        cluster: shop,
        service: 'web',
        changes: { healthCheckGracePeriodSeconds: 9 },
      });
  });

  it('is rejected with a definition that lacks the container', () => {
    given(...history, ...created)
      .when(update({}, 2))
      .thenRefused('InvalidParameterException', 'The container web does not exist in the task definition.');
  });
});
