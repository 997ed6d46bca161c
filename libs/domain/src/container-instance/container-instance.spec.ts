import { describe, expect, it } from 'vitest';
import type { ReadonlyClusterState } from '../state/cluster-state';
import { clusterName, instanceId, taskId } from '../ids';
import type { RefusalCode } from '../refusal';
import { clusterCreated, instanceRegistered, tasksPlaced } from '../testing/events';
import { given } from '../testing/given';
import { decideDeleteAttributes, decidePutAttributes, type TargetedAttribute } from './attributes';
import { decideDeregisterInstance } from './deregister-instance';
import { decideInstancesState, decideUpdateAgent, type InstancesStateDecision } from './instance-state';
import { decideRegisterInstance, type RegisterInstance, type RegisterInstanceDecision } from './register-instance';

const shop = clusterName('shop');
const one = instanceId('i1');
const created = clusterCreated('shop');
const registered = instanceRegistered('shop', 'i1');
const gone = { type: 'InstanceDeregistered', version: 1, cluster: shop, instance: one, force: false } as const;

const register =
  (input: RegisterInstance['input'], rest: Partial<RegisterInstance> = {}) =>
  (state: ReadonlyClusterState): RegisterInstanceDecision =>
    decideRegisterInstance(state, {
      cluster: shop,
      input,
      newId: one,
      newEc2InstanceId: 'i-invented',
      defaultAvailabilityZone: 'us-east-1a',
      ...rest,
    });

describe('RegisterContainerInstance', () => {
  const totalResources: RegisterInstance['input']['totalResources'] = [
    { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
    { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
    { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '51678'] },
    { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
  ];
  const builtIn = [
    { name: 'ecs.availability-zone', value: 'us-east-1a' },
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-family', value: 'LINUX' },
  ];

  it('registers a machine without an identity document and generates its EC2 instance id', () => {
    given(created)
      .when(register({ totalResources, instanceIdentityDocument: '', tags: [{ key: 'rack', value: '7' }] }))
      .then({
        ...registered,
        ec2InstanceId: 'i-invented',
        versionInfo: {},
        resources: { cpu: 2048, memory: 4096, ports: [22, 51678], portsUdp: [], gpus: [] },
        attributes: builtIn,
        tags: [{ key: 'rack', value: '7' }],
      });
  });

  it('uses the identity document and echoes every attribute exactly as the agent sent it', () => {
    const document = { instanceId: 'i-0abc', availabilityZone: 'us-east-1c', instanceType: 't3.small' };
    const sent = [
      { name: 'com.amazonaws.ecs.capability.logging-driver.json-file' },
      { name: 'ecs.availability-zone', value: 'us-east-1b' },
      { name: 'rack', value: '7' },
    ];
    const [event] = given(created).when(
      register({ instanceIdentityDocument: JSON.stringify(document), attributes: sent }),
    ).events;
    expect(event).toMatchObject({
      ec2InstanceId: 'i-0abc',
      attributes: [...sent, { name: 'ecs.instance-type', value: 't3.small' }, ...builtIn.slice(1)],
    });
  });

  it('accepts each GPU once, as a resource or, like ECS’s agent, as a device', () => {
    const [event] = given(created).when(
      register({
        totalResources: [...totalResources, { name: 'GPU', type: 'STRINGSET', stringSetValue: ['gpu-a', 'gpu-b'] }],
        platformDevices: [
          { id: 'gpu-b', type: 'GPU' },
          { id: 'gpu-c', type: 'GPU' },
        ],
      }),
    ).events;
    expect(event).toMatchObject({ resources: { cpu: 2048, gpus: ['gpu-a', 'gpu-b', 'gpu-c'] } });
  });

  it('is idempotent by client token', () => {
    const outcome = given(created, { ...registered, clientToken: 'once' }).when((state) => {
      const decision = register({ clientToken: 'once' }, { newId: instanceId('i2') })(state);
      expect(decision.instance).toBe(one);
      return decision;
    });
    outcome.then();
  });

  it.each<[RefusalCode, string, RegisterInstance['input']]>([
    [
      'ClientException',
      "The resource 'NEURON_CORES' is not supported.",
      { totalResources: [{ name: 'NEURON_CORES' }] },
    ],
    [
      'InvalidParameterException',
      "The resource 'CPU' must be a whole number that is not negative.",
      { totalResources: [{ name: 'CPU', type: 'INTEGER', integerValue: -1 }] },
    ],
    [
      'InvalidParameterException',
      "The resource 'PORTS' must be a set of port numbers.",
      { totalResources: [{ name: 'PORTS', stringSetValue: ['ssh'] }] },
    ],
    ['InvalidParameterException', 'The instance identity document is not JSON.', { instanceIdentityDocument: '{' }],
    [
      'InvalidParameterException',
      'clientToken must be 1 to 64 ASCII characters between 33 and 126.',
      { clientToken: 'a b' },
    ],
    [
      'ClientException',
      "The setting 'platformDevices' of type NEURON_DEVICE is not supported.",
      { platformDevices: [{ id: '0', type: 'NEURON_DEVICE' }] },
    ],
    [
      'AttributeLimitExceededException',
      'A container instance can have at most 10 custom attributes.',
      { attributes: Array.from({ length: 11 }, (_, at) => ({ name: `a${at}` })) },
    ],
  ])('is rejected with %s: %s', (code, message, input) => {
    given(created).when(register(input)).thenRefused(code, message);
  });

  it('is rejected while the cluster does not exist, so that the agent can create it', () => {
    given().when(register({})).thenRefused('ClusterNotFoundException', 'Cluster not found.');
  });

  it('updates the capabilities of an instance that reconnects and keeps its custom attributes and resources', () => {
    const before = {
      ...registered,
      attributes: [
        { name: 'com.amazonaws.ecs.capability.old' },
        { name: 'ecs.instance-type', value: 't3.small' },
        { name: 'rack', value: '7' },
      ],
    };
    const attributes = [{ name: 'com.amazonaws.ecs.capability.new' }];
    given(created, before)
      .when(register({ attributes, totalResources, versionInfo: { agentVersion: '2.0.0' } }, { registeredAs: one }))
      .then({
        type: 'InstanceReregistered',
        version: 1,
        cluster: shop,
        instance: one,
        versionInfo: { agentVersion: '2.0.0' },
        resources: registered.resources,
        attributes: [...attributes, ...before.attributes.slice(1)],
      });
  });

  it('is rejected for an instance with another type, or one that was never registered', () => {
    const document = JSON.stringify({ instanceType: 'm5.large' });
    given(created, { ...registered, attributes: [{ name: 'ecs.instance-type', value: 't3.small' }] })
      .when(register({ instanceIdentityDocument: document }, { registeredAs: one }))
      .thenRefused(
        'ClientException',
        'Container instance type changes are not supported. Container instance i1 was previously registered as t3.small.',
      );
    given(created)
      .when(register({}, { registeredAs: one }))
      .thenRefused('ClientException', 'Referenced container instance i1 not registered.');
  });
});

describe('DeregisterContainerInstance', () => {
  const deregister =
    (force: boolean) =>
    (state: ReadonlyClusterState): ReturnType<typeof decideDeregisterInstance> =>
      decideDeregisterInstance(state, { cluster: shop, instance: one, force });

  it('removes an idle instance', () => {
    const outcome = given(created, registered).when(deregister(false));
    outcome.then(gone);
    expect(outcome.state.instances.size).toBe(0);
    expect(outcome.state.clusters.get(shop)?.registeredContainerInstancesCount).toBe(0);
  });

  it('is rejected while the instance has tasks', () => {
    given(created, registered, tasksPlaced('shop', 'i1', ['t1']))
      .when(deregister(false))
      .thenRefused('InvalidParameterException', 'Found running tasks on the instance.');
  });

  it('stops the tasks of the instance when forced, and leaves none of them in the state', () => {
    const outcome = given(created, registered, tasksPlaced('shop', 'i1', ['t1', 't2'])).when(deregister(true));
    outcome.then(
      {
        type: 'TasksGivenUp',
        version: 1,
        cluster: shop,
        instance: one,
        tasks: [taskId('t1'), taskId('t2')],
        stopCode: 'UserInitiated',
        stoppedReason: 'Container instance deregistration forced by user',
      },
      { ...gone, force: true },
    );
    expect(outcome.state.tasks.size).toBe(0);
    expect(outcome.state.instances.size).toBe(0);
    expect(outcome.state.clusters.get(shop)).toMatchObject({ pendingTasksCount: 0, runningTasksCount: 0 });
  });

  it('is rejected for an instance that does not exist', () => {
    given(created, registered, gone)
      .when(deregister(true))
      .thenRefused('InvalidParameterException', 'Referenced container instance i1 not found.');
  });
});

describe('UpdateContainerInstancesState', () => {
  const update =
    (status: string, ids: readonly string[] = ['i1']) =>
    (state: ReadonlyClusterState): InstancesStateDecision =>
      decideInstancesState(state, { cluster: shop, instances: ids.map(instanceId), status });
  const draining = {
    type: 'InstanceStatusChanged',
    version: 1,
    cluster: shop,
    instance: one,
    status: 'DRAINING',
  } as const;

  it('changes the status in both directions and reports unknown instances', () => {
    given(created, registered)
      .when((state) => {
        const decision = update('DRAINING', ['i1', 'nobody', 'i1'])(state);
        expect(decision).toMatchObject({ found: ['i1'], missing: ['nobody'] });
        return decision;
      })
      .then(draining);
    given(created, registered, draining)
      .when(update('ACTIVE'))
      .then({ ...draining, status: 'ACTIVE' });
  });

  it('emits no event when the status does not change', () => {
    given(created, registered, draining).when(update('DRAINING')).then();
  });

  it.each([
    ['Container instance status should be one of [ACTIVE, DRAINING]', 'REGISTERING', ['i1']],
    ['Container instances cannot be empty.', 'ACTIVE', []],
    ['instanceIds can have at most 10 items.', 'ACTIVE', Array.from({ length: 11 }, (_, at) => `i${at}`)],
  ])('is rejected: %s', (message, status, ids) => {
    given(created, registered).when(update(status, ids)).thenRefused('InvalidParameterException', message);
  });
});

describe('UpdateContainerAgent', () => {
  it('never offers an update', () => {
    given(created, registered)
      .when((state) => decideUpdateAgent(state, shop, one))
      .thenRefused('NoUpdateAvailableException');
    given(created)
      .when((state) => decideUpdateAgent(state, shop, one))
      .thenRefused('InvalidParameterException', 'Referenced container instance i1 not found.');
  });
});

describe('attributes', () => {
  const on = (attribute: Partial<TargetedAttribute>): TargetedAttribute => ({
    name: 'rack',
    instance: one,
    targetId: 'i1',
    ...attribute,
  });
  const put =
    (...attributes: readonly TargetedAttribute[]) =>
    (state: ReadonlyClusterState): ReturnType<typeof decidePutAttributes> =>
      decidePutAttributes(state, shop, attributes);
  const remove =
    (...attributes: readonly TargetedAttribute[]) =>
    (state: ReadonlyClusterState): ReturnType<typeof decideDeleteAttributes> =>
      decideDeleteAttributes(state, shop, attributes);
  const zone = { name: 'ecs.availability-zone', value: 'us-east-1a' };
  const set = { type: 'InstanceAttributesSet', version: 1, cluster: shop, instance: one } as const;

  it('are set, replaced and set without a value', () => {
    const custom = { ...set, attributes: [zone, { name: 'rack', value: '7' }] };
    given(created, registered)
      .when(put(on({ value: '7' })))
      .then(custom);
    given(created, registered, custom)
      .when(put(on({}), on({ name: 'b', value: 'x y' })))
      .then({ ...set, attributes: [zone, { name: 'rack' }, { name: 'b', value: 'x y' }] });
    given(created, registered, custom)
      .when(put(on({ value: '7' })))
      .then();
  });

  it('are deleted by name, or only with the given value', () => {
    const custom = { ...set, attributes: [zone, { name: 'rack', value: '7' }] };
    given(created, registered, custom)
      .when(remove(on({})))
      .then({ ...set, attributes: [zone] });
    given(created, registered, custom)
      .when(remove(on({ value: '8' })))
      .then();
    given(created, registered)
      .when(remove(on({})))
      .then();
  });

  it('are set on all targets or on none', () => {
    given(created, registered)
      .when(put(on({ value: '7' }), on({ instance: instanceId('i9'), targetId: 'arn-of-i9' })))
      .thenRefused('TargetNotFoundException', 'The specified target was not found: arn-of-i9');
  });

  it('are rejected beyond ten custom attributes', () => {
    const ten = Array.from({ length: 10 }, (_, at) => on({ name: `a${at}` }));
    const outcome = given(created, registered).when(put(...ten));
    given(created, registered, ...outcome.events)
      .when(put(on({ name: 'b' })))
      .thenRefused('AttributeLimitExceededException');
  });

  it.each<[string, Partial<TargetedAttribute>]>([
    ['ecs.*', { name: 'ecs.os-type' }],
    ['com.amazonaws.ecs.*', { name: 'com.amazonaws.ecs.capability.x' }],
    ['odd name', { name: 'a b' }],
    ['long name', { name: 'a'.repeat(129) }],
    ['empty value', { value: '' }],
    ['space first', { value: ' a' }],
    ['space last', { value: 'a ' }],
    ['odd value', { value: 'a*b' }],
  ])('are rejected for their name or value: %s', (_, attribute) => {
    given(created, registered)
      .when(put(on(attribute)))
      .thenRefused('InvalidParameterException');
  });
});
