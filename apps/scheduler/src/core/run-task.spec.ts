import { type DomainEvent, type Ecs, seededRandom } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { given, stateOf } from '../../../../libs/domain/src/testing/given';
import {
  CLUSTER,
  clusterCreated,
  connection,
  defined,
  ids,
  instance,
  placedOn,
  registered,
  web,
} from '../testing/history';
import { decideRunTask, parseRunTask } from './run-task';

const ground: readonly DomainEvent[] = [clusterCreated, ...registered(instance(1)), defined('app')];

function runTask(history: readonly DomainEvent[], input: Partial<Ecs.RunTaskRequest> = {}, revision?: number) {
  return decideRunTask(
    {
      ...parseRunTask(
        { taskDefinition: 'app', ...input },
        { family: 'app', ...(revision !== undefined && { revision }) },
      ),
      cluster: CLUSTER,
    },
    { state: stateOf(history), random: seededRandom(1), ids: ids(10) },
  );
}

describe('RunTask', () => {
  it('places one task with ECS’s defaults', () => {
    const { events, refusals } = runTask(ground);
    expect(refusals).toEqual([]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'TasksPlaced',
      cluster: CLUSTER,
      instance: instance(1),
      tasks: [
        {
          id: ids(1)[0]!.task,
          taskDefinition: { family: 'app', revision: 1 },
          containers: [{ id: 'container-1-0', name: 'web', image: 'busybox' }],
          resources: { cpu: 512, memory: 256, ports: [], portsUdp: [] },
          cpu: '512',
          memory: '256',
          group: 'family:app',
          launchType: 'EC2',
          tags: [],
          availabilityZone: 'us-east-1a',
        },
      ],
    });
  });

  it('writes one event per ledger', () => {
    const { events, placements } = runTask(ground, { count: 3 });
    expect(placedOn(events)).toEqual({ [instance(1)]: 3 });
    expect(placements.map(({ task }) => task.id)).toEqual(ids(3).map(({ task }) => task));
  });

  it('takes the newest ACTIVE revision of a family', () => {
    const history: readonly DomainEvent[] = [
      ...ground,
      defined('app', {}, 2),
      defined('app', {}, 3),
      { type: 'TaskDefinitionDeregistered', version: 1, family: 'app', revision: 3 },
    ];
    expect(runTask(history).events[0]?.tasks[0]?.taskDefinition).toEqual({ family: 'app', revision: 2 });
    given(...history)
      .when(() => runTask(history, {}, 3))
      .thenRefused('InvalidParameterException', 'TaskDefinition is inactive');
    given(...history)
      .when(() => runTask(history, {}, 4))
      .thenRefused('ClientException', 'TaskDefinition not found.');
  });

  it('places what fits, and reports for every ACTIVE instance why it cannot accept more', () => {
    const history = [
      ...ground,
      ...registered(instance(2), { connected: false }),
      ...registered(instance(3), { resources: { memory: 100 } }),
      ...registered(instance(4)),
      {
        type: 'InstanceStatusChanged',
        version: 1,
        cluster: CLUSTER,
        instance: instance(4),
        status: 'DRAINING',
      } as const,
    ];
    const { events, refusals } = runTask(history, { count: 6 });
    expect(placedOn(events)).toEqual({ [instance(1)]: 4 });
    expect(new Map(refusals.map(({ instance: id, reason }) => [id, reason]))).toEqual(
      new Map([
        [instance(1), 'RESOURCE:CPU'],
        [instance(2), 'AGENT'],
        [instance(3), 'RESOURCE:MEMORY'],
      ]),
    );
  });

  it('distributes the GPUs of a task to its containers', () => {
    const gpu = { ...web, cpu: 0, resourceRequirements: [{ type: 'GPU' as const, value: '1' }] };
    const containerDefinitions = [gpu, { ...web, name: 'log' }, { ...gpu, name: 'train' }];
    const history = [
      clusterCreated,
      ...registered(instance(1), { resources: { gpus: ['a', 'b', 'c', 'd'] } }),
      defined('app', { containerDefinitions }),
    ];
    const overrides = {
      containerOverrides: [{ name: 'train', resourceRequirements: [{ type: 'GPU' as const, value: '2' }] }],
    };
    const { events, refusals } = runTask(history, { count: 2, overrides });
    expect(events[0]?.tasks).toMatchObject([
      {
        resources: { gpus: ['a', 'b', 'c'] },
        containers: [{ gpuIds: ['a'] }, { name: 'log' }, { gpuIds: ['b', 'c'] }],
      },
    ]);
    expect(events[0]?.tasks[0]?.containers[1]).not.toHaveProperty('gpuIds');
    expect(refusals).toMatchObject([{ instance: instance(1), reason: 'RESOURCE:GPU' }]);
  });

  it('requires the attributes of the definition', () => {
    const definition = defined('app', { requiresAttributes: [{ name: 'gpu-driver', value: '5' }, { name: 'big' }] });
    const has = (value: string): readonly DomainEvent[] => [
      clusterCreated,
      definition,
      ...registered(instance(1), {
        attributes: [
          { name: 'gpu-driver', value },
          { name: 'big', value: 'yes' },
        ],
      }),
    ];
    expect(runTask(has('5')).refusals).toEqual([]);
    expect(runTask(has('6')).refusals).toMatchObject([{ instance: instance(1), reason: 'ATTRIBUTE' }]);
  });

  it('places EXTERNAL tasks on external instances only, and EC2 tasks on the others', () => {
    const external = registered(instance(1), { attributes: [{ name: 'ecs.capability.external' }] });
    const history = [clusterCreated, ...external, defined('app')];
    expect(runTask(history, { launchType: 'EXTERNAL' }).refusals).toEqual([]);
    expect(runTask(history).refusals).toMatchObject([{ instance: instance(1), reason: 'ATTRIBUTE' }]);
  });

  it('does not count a stopped task', () => {
    const placed = runTask(ground, { count: 4 });
    const full = [...ground, ...placed.events];
    expect(runTask(full).refusals).toMatchObject([{ instance: instance(1), reason: 'RESOURCE:CPU' }]);
    const stopped: DomainEvent = {
      type: 'TaskStopped',
      version: 1,
      cluster: CLUSTER,
      instance: instance(1),
      task: ids(1)[0]!.task,
      containers: [],
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    };
    expect(runTask([...full, stopped]).refusals).toEqual([]);
  });

  it('merges the tags of the request, of the definition, and managed ones', () => {
    const tags = (input: Partial<Ecs.RunTaskRequest>): unknown => runTask(ground, input).events[0]?.tasks[0]?.tags;
    const own = { tags: [{ key: 'a', value: '1' }] };
    expect(tags(own)).toEqual([{ key: 'a', value: '1' }]);
    expect(tags({ ...own, propagateTags: 'TASK_DEFINITION', enableECSManagedTags: true })).toEqual([
      { key: 'from', value: 'definition' },
      { key: 'a', value: '1' },
      { key: 'aws:ecs:clusterName', value: 'sea' },
    ]);
    expect(tags({ tags: [{ key: 'from', value: 'me' }], propagateTags: 'TASK_DEFINITION' })).toEqual([
      { key: 'from', value: 'me' },
    ]);
  });

  it('books the sizes after overrides', () => {
    const overrides = { containerOverrides: [{ name: 'web', memory: 512, cpu: 1024 }] };
    const [task] = runTask(ground, { overrides }).events[0]!.tasks;
    expect(task).toMatchObject({ overrides, resources: { cpu: 1024, memory: 512 }, cpu: '1024', memory: '512' });
  });

  const strategy = (type: 'spread' | 'random' | 'binpack', field?: string): Partial<Ecs.RunTaskRequest> => ({
    placementStrategy: [{ type, ...(field !== undefined && { field }) }],
  });
  const refused: readonly [string, Partial<Ecs.RunTaskRequest>, string, string][] = [
    ['count 0', { count: 0 }, 'InvalidParameterException', 'Count should be between 1 and 10'],
    ['count 11', { count: 11 }, 'InvalidParameterException', 'Count should be between 1 and 10'],
    [
      'an unknown container',
      { overrides: { containerOverrides: [{ name: 'x' }] } },
      'InvalidParameterException',
      'Override for container named x is not a container in the TaskDefinition.',
    ],
    [
      'Fargate',
      { launchType: 'FARGATE' },
      'InvalidParameterException',
      'Task definition does not support launch_type FARGATE.',
    ],
    [
      'managed instances',
      { launchType: 'MANAGED_INSTANCES' },
      'ClientException',
      'launch type should be one of [EC2,FARGATE,EXTERNAL]',
    ],
    [
      'launch type and strategy',
      { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'x' }] },
      'InvalidParameterException',
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    ],
    [
      'a capacity provider',
      { capacityProviderStrategy: [{ capacityProvider: 'x' }] },
      'UnsupportedFeatureException',
      "The setting 'capacityProviderStrategy' is not supported yet: there are no capacity providers.",
    ],
    [
      'a network configuration',
      { networkConfiguration: { awsvpcConfiguration: { subnets: ['s'] } } },
      'InvalidParameterException',
      'Network Configuration is not valid for the given networkMode of this task definition.',
    ],
    [
      'exec',
      { enableExecuteCommand: true },
      'UnsupportedFeatureException',
      "The setting 'enableExecuteCommand' is not supported yet: there is no ExecuteCommand.",
    ],
    [
      'tags of a service',
      { propagateTags: 'SERVICE' },
      'InvalidParameterException',
      'propagateTags SERVICE is only valid for the tasks of a service.',
    ],
    ['spread over what', strategy('spread', 'a b'), 'InvalidParameterException', "spread field 'a b' is invalid"],
    [
      'six strategies',
      { placementStrategy: Array.from({ length: 6 }, () => ({ type: 'random' as const })) },
      'InvalidParameterException',
      'Maximum number of strategies is 5',
    ],
    ['binpack of what', strategy('binpack', 'disk'), 'InvalidParameterException', "binpack field 'disk' is invalid"],
    ['random of what', strategy('random', 'cpu'), 'InvalidParameterException', 'random field should not be specified'],
    [
      'an expression of distinctInstance',
      { placementConstraints: [{ type: 'distinctInstance', expression: 'x' }] },
      'InvalidParameterException',
      'distinctInstance expression should not be specified',
    ],
    [
      'an expression that is not valid',
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:a ==' }] },
      'InvalidParameterException',
      'Invalid expression at position 15: a value is expected, not the end.',
    ],
    [
      'eleven constraints',
      { placementConstraints: Array.from({ length: 11 }, () => ({ type: 'distinctInstance' as const })) },
      'InvalidParameterException',
      'Maximum number of constraints is 10',
    ],
    [
      'a long startedBy',
      { startedBy: 'x'.repeat(129) },
      'InvalidParameterException',
      'startedBy can have at most 128 characters.',
    ],
    [
      'a line break in startedBy',
      { startedBy: 'a\nb' },
      'InvalidParameterException',
      'startedBy must not have control characters.',
    ],
    ['a tab in a group', { group: 'a\tb' }, 'InvalidParameterException', 'group must not have control characters.'],
    ['a service’s group', { group: 'service:web' }, 'InvalidParameterException', 'Invalid namespace for group.'],
    [
      'a blank in a client token',
      { clientToken: 'a b' },
      'InvalidParameterException',
      'clientToken must be 1 to 64 ASCII characters in the range of 33-126.',
    ],
  ];
  it.each(refused)('refuses %s', (_what, input, code, message) => {
    expect(() => runTask(ground, input)).toThrow(expect.objectContaining({ code, message }) as Error);
  });

  it.each(['AWS Step Functions', 'run-task.sh', 'ci@example.com', 'chronos-rule/nightly', 'Ü: 1 + 1 = 2'])(
    'accepts the startedBy that clients send: %s',
    (startedBy) => {
      expect(runTask(ground, { startedBy }).placements[0]?.task).toMatchObject({ startedBy });
    },
  );

  it('accepts the strategy random', () => {
    expect(runTask(ground, strategy('random')).placements).toHaveLength(1);
  });

  it('refuses a cluster that is missing, inactive or without instances, and awsvpc', () => {
    const refusedWith = (history: readonly DomainEvent[], message: string): void => {
      expect(() => runTask(history)).toThrow(message);
    };
    refusedWith([], 'Cluster not found.');
    const deleted: DomainEvent = { type: 'ClusterDeleted', version: 1, cluster: CLUSTER };
    refusedWith([clusterCreated, defined('app'), deleted], 'The referenced cluster was inactive.');
    refusedWith([clusterCreated, defined('app')], 'No Container Instances were found in your cluster.');
    const awsvpc = defined('app', { networkMode: 'awsvpc', containerDefinitions: [web] });
    refusedWith(
      [clusterCreated, ...registered(instance(1)), awsvpc],
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    );
  });

  it('refuses every instance whose agent is disconnected', () => {
    const history = [...ground, connection(instance(1), false)];
    expect(runTask(history).refusals).toMatchObject([{ instance: instance(1), reason: 'AGENT' }]);
  });

  it('refuses a lost instance until its agent has cleaned up, although it is connected again', () => {
    const about = { version: 1, cluster: CLUSTER, instance: instance(1) } as const;
    const lost: DomainEvent = { ...about, type: 'InstanceLost' };
    const back = [...ground, connection(instance(1), false), lost, connection(instance(1), true)];
    expect(runTask(back).refusals).toMatchObject([{ instance: instance(1), reason: 'AGENT' }]);
    expect(placedOn(runTask([...back, { ...about, type: 'InstanceRecovered' }]).events)).toEqual({ [instance(1)]: 1 });
  });
});
