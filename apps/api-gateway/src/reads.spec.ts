import { clusterName, instanceId, taskId } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clusterCreated,
  instanceRegistered,
  taskDefinitionRegistered,
  tasksPlaced,
} from '../../../libs/domain/src/testing/events';
import { startTestGateway, type TestGateway } from '../../../test/support/gateway';

const CLUSTER = 'reads';
const I1 = '1'.repeat(32);
const I2 = '2'.repeat(32);
const T1 = 'a'.repeat(32);
const T2 = 'b'.repeat(32);
const NOBODY = 'f'.repeat(32);
const arn = (rest: string): string => `arn:aws:ecs:us-east-1:123456789012:${rest}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ alone: true });
  const cluster = clusterName(CLUSTER);
  const of = { version: 1, cluster, instance: instanceId(I1) } as const;
  await gateway.commit(
    { ...clusterCreated(CLUSTER), tags: [{ key: 'a', value: 'b' }] },
    clusterCreated('gone'),
    { type: 'ClusterDeleted', version: 1, cluster: clusterName('gone') },
    { ...instanceRegistered(CLUSTER, I1), tags: [{ key: 'i', value: '1' }] },
    {
      ...instanceRegistered(CLUSTER, I2),
      attributes: [{ name: 'ecs.availability-zone', value: 'us-east-1b' }, { name: 'flag' }],
    },
    { type: 'InstanceStatusChanged', ...of, instance: instanceId(I2), status: 'DRAINING' },
    tasksPlaced(CLUSTER, I1, [T1, T2]),
    { type: 'TaskStopRequested', ...of, task: taskId(T2), stopCode: 'UserInitiated', stoppedReason: 'enough' },
    {
      type: 'TaskProgressed',
      ...of,
      task: taskId(T1),
      lastStatus: 'RUNNING',
      containers: [{ name: 'web', lastStatus: 'RUNNING', networkBindings: [{ containerPort: 80, hostPort: 32768 }] }],
    },
    taskDefinitionRegistered('web', 1),
    { ...taskDefinitionRegistered('web', 2), tags: [{ key: 't', value: '2' }] },
    taskDefinitionRegistered('web', 10),
    taskDefinitionRegistered('worker', 1),
    taskDefinitionRegistered('old', 1),
    { type: 'TaskDefinitionDeregistered', version: 1, family: 'old', revision: 1 },
    { type: 'TaskDefinitionDeregistered', version: 1, family: 'web', revision: 10 },
  );
});
afterAll(() => gateway.close());

async function refusal(operation: string, input: object): Promise<string> {
  const { status, json } = await gateway.call(operation, input);
  expect(status).toBe(400);
  return `${String(json['__type'])}: ${String(json['message'])}`;
}

const answer = async (operation: string, input: object): Promise<Readonly<Record<string, unknown>>> => {
  const { status, json } = await gateway.call(operation, input);
  expect(status, JSON.stringify(json)).toBe(200);
  return json;
};

describe('every read of a cluster rejects', () => {
  it.each([
    ['DescribeContainerInstances', { containerInstances: [I1] }],
    ['ListContainerInstances', {}],
    ['ListAttributes', { targetType: 'container-instance' }],
    ['DescribeTasks', { tasks: [T1] }],
    ['ListTasks', {}],
  ])('%s', async (operation, input) => {
    expect(await refusal(operation, input)).toBe('ClusterNotFoundException: Cluster not found.');
    expect(await refusal(operation, { ...input, cluster: 'gone' })).toBe(
      'ClusterNotFoundException: The referenced cluster was inactive.',
    );
    expect(
      await refusal(operation, { ...input, cluster: `arn:aws:ecs:eu-west-1:123456789012:cluster/${CLUSTER}` }),
    ).toBe('InvalidParameterException: Invalid identifier: Identifier is for eu-west-1. Your region is us-east-1');
    expect(
      await refusal(operation, { ...input, cluster: `arn:aws:ecs:us-east-1:999999999999:cluster/${CLUSTER}` }),
    ).toBe(
      'InvalidParameterException: Invalid identifier: Identifier is for 999999999999. Your accountId is 123456789012',
    );
    expect(await refusal(operation, { ...input, cluster: arn('cluster/a/b') })).toBe(
      'InvalidParameterException: Invalid identifier: Unexpected number of separators',
    );
    expect((await gateway.call(operation, { ...input, cluster: arn(`cluster/${CLUSTER}`) })).status).toBe(200);
  });
});

describe('every list rejects', () => {
  it.each([
    ['ListClusters', {}, 100],
    ['ListContainerInstances', { cluster: CLUSTER }, 100],
    ['ListAttributes', { cluster: CLUSTER, targetType: 'container-instance' }, 100],
    ['ListTasks', { cluster: CLUSTER }, 100],
    ['ListTaskDefinitions', {}, 100],
    ['ListTaskDefinitionFamilies', {}, 100],
    ['ListAccountSettings', { effectiveSettings: true }, 10],
  ])('%s', async (operation, input, max) => {
    for (const maxResults of [0, -1, max + 1]) {
      expect(await refusal(operation, { ...input, maxResults })).toBe(
        `InvalidParameterException: MaxResults must be between 1 and ${String(max)}.`,
      );
    }
    const first = await answer(operation, { ...input, maxResults: 1 });
    expect((await gateway.call(operation, { ...input, maxResults: max })).status).toBe(200);
    expect(await answer(operation, { ...input, maxResults: 1, nextToken: '' })).toEqual(first);
    for (const nextToken of ['x', 'ü', `${String(first['nextToken'])}x`]) {
      expect(await refusal(operation, { ...input, nextToken })).toMatch(/^InvalidParameterException: Invalid token/);
    }
  });

  it('a token of another list', async () => {
    const { nextToken } = await answer('ListTaskDefinitions', { maxResults: 1 });
    expect(nextToken).toBeTypeOf('string');
    for (const other of [{ familyPrefix: 'web' }, { sort: 'DESC' }, { status: 'INACTIVE' }]) {
      expect(await refusal('ListTaskDefinitions', { ...other, nextToken })).toMatch(/Invalid token/);
    }
    expect(await refusal('ListTaskDefinitionFamilies', { nextToken })).toMatch(/Invalid token/);
  });
});

describe('DescribeClusters', () => {
  it('returns the default cluster without a list', async () => {
    const missing = { clusters: [], failures: [{ arn: arn('cluster/default'), reason: 'MISSING' }] };
    expect(await answer('DescribeClusters', {})).toEqual(missing);
    expect(await answer('DescribeClusters', { clusters: [] })).toEqual(missing);
  });

  it('returns only the parts that are requested', async () => {
    const plain = await answer('DescribeClusters', { clusters: [CLUSTER] });
    expect(plain).toMatchObject({
      clusters: [
        {
          clusterArn: arn(`cluster/${CLUSTER}`),
          status: 'ACTIVE',
          registeredContainerInstancesCount: 2,
          runningTasksCount: 1,
          pendingTasksCount: 1,
          activeServicesCount: 0,
          tags: [],
          settings: [],
          statistics: [],
          capacityProviders: [],
        },
      ],
      failures: [],
    });
    const include = ['TAGS', 'SETTINGS', 'STATISTICS', 'CONFIGURATIONS', 'ATTACHMENTS'];
    const { clusters } = await answer('DescribeClusters', { clusters: [CLUSTER], include });
    expect(clusters).toMatchObject([
      {
        tags: [{ key: 'a', value: 'b' }],
        settings: [{ name: 'containerInsights', value: 'disabled' }],
        attachments: [],
        statistics: expect.arrayContaining([
          { name: 'runningEC2TasksCount', value: '1' },
          { name: 'pendingEC2TasksCount', value: '1' },
        ]) as unknown,
      },
    ]);
  });

  it('returns INACTIVE clusters, which ListClusters does not', async () => {
    expect(await answer('DescribeClusters', { clusters: ['gone', arn('cluster/gone')] })).toMatchObject({
      clusters: [{ clusterName: 'gone', status: 'INACTIVE' }],
    });
    expect(await answer('ListClusters', {})).toEqual({ clusterArns: [arn(`cluster/${CLUSTER}`)] });
  });

  it('accepts a hundred names, and known values of include', async () => {
    const clusters = Array.from({ length: 101 }, (_, at) => `c${String(at)}`);
    expect(await refusal('DescribeClusters', { clusters })).toBe(
      'InvalidParameterException: Clusters can have at most 100 items.',
    );
    expect((await answer('DescribeClusters', { clusters: clusters.slice(1) }))['failures']).toHaveLength(100);
    expect(await refusal('DescribeClusters', { include: ['EVERYTHING'] })).toBe(
      'InvalidParameterException: Include should be one of [ATTACHMENTS,CONFIGURATIONS,SETTINGS,STATISTICS,TAGS]',
    );
  });
});

describe('container instances', () => {
  it('are described in the order of the request, each once, and missing ones are named', async () => {
    const { containerInstances, failures } = await answer('DescribeContainerInstances', {
      cluster: CLUSTER,
      containerInstances: [I2, NOBODY, arn(`container-instance/${CLUSTER}/${I1}`), I2],
      include: ['TAGS', 'CONTAINER_INSTANCE_HEALTH'],
    });
    expect(containerInstances).toMatchObject([
      { containerInstanceArn: arn(`container-instance/${CLUSTER}/${I2}`), status: 'DRAINING', tags: [] },
      { status: 'ACTIVE', tags: [{ key: 'i', value: '1' }], healthStatus: { overallStatus: 'INSUFFICIENT_DATA' } },
    ]);
    expect(failures).toEqual([{ arn: arn(`container-instance/${CLUSTER}/${NOBODY}`), reason: 'MISSING' }]);
  });

  it('show reserved ports, and among the used ports those that were assigned dynamically', async () => {
    const { containerInstances } = await answer('DescribeContainerInstances', {
      cluster: CLUSTER,
      containerInstances: [I1],
    });
    const ports = { name: 'PORTS', type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0 };
    expect(containerInstances).toMatchObject([
      {
        registeredResources: expect.arrayContaining([{ ...ports, stringSetValue: ['22'] }]) as unknown,
        remainingResources: expect.arrayContaining([{ ...ports, stringSetValue: ['22', '32768'] }]) as unknown,
        runningTasksCount: 1,
        pendingTasksCount: 1,
      },
    ]);
  });

  it('are rejected with an empty list, malformed ids and more than a hundred ids', async () => {
    const refused = (containerInstances: readonly string[]): Promise<string> =>
      refusal('DescribeContainerInstances', { cluster: CLUSTER, containerInstances });
    expect(await refused([])).toBe('InvalidParameterException: Container instances cannot be empty.');
    expect(await refused(['x'])).toBe('InvalidParameterException: containerInstanceId length should be one of [32,36]');
    expect(await refused(['>'.repeat(32)])).toMatch(/^InvalidParameterException: Invalid identifier/);
    expect(await refused([arn(`container-instance/other/${I1}`)])).toBe(
      `InvalidParameterException: Invalid identifier: Identifier is for other. Your cluster is ${CLUSTER}`,
    );
    expect(await refused([arn(`task/${CLUSTER}/${T1}`)])).toMatch(/^InvalidParameterException: Invalid identifier/);
    expect(await refused(Array.from({ length: 101 }, () => I1))).toMatch(/can have at most 100 items/);
  });

  it('are listed by status and by the cluster query language', async () => {
    const list = (input: object): Promise<Readonly<Record<string, unknown>>> =>
      answer('ListContainerInstances', { cluster: CLUSTER, ...input });
    const [one, two] = [arn(`container-instance/${CLUSTER}/${I1}`), arn(`container-instance/${CLUSTER}/${I2}`)];
    expect(await list({})).toEqual({ containerInstanceArns: [one, two] });
    expect(await list({ status: 'DRAINING' })).toEqual({ containerInstanceArns: [two] });
    expect(await list({ status: 'REGISTERING' })).toEqual({ containerInstanceArns: [] });
    expect(await refusal('ListContainerInstances', { cluster: CLUSTER, status: 'INACTIVE' })).toMatch(
      /Status should be/,
    );
    expect(await list({ filter: 'attribute:ecs.availability-zone == us-east-1a' })).toEqual({
      containerInstanceArns: [one],
    });
    expect(await list({ filter: 'attribute:flag exists', status: 'ACTIVE' })).toEqual({ containerInstanceArns: [] });
    expect(await refusal('ListContainerInstances', { cluster: CLUSTER, filter: 'agentConnected=true' })).toBe(
      "InvalidParameterException: Invalid expression at position 15: '=' is not expected here.",
    );
  });

  it('have attributes, with and without a value', async () => {
    const list = (input: object): Promise<Readonly<Record<string, unknown>>> =>
      answer('ListAttributes', { cluster: CLUSTER, targetType: 'container-instance', ...input });
    const of = (id: string): object => ({
      targetType: 'container-instance',
      targetId: arn(`container-instance/${CLUSTER}/${id}`),
    });
    expect(await list({ attributeName: 'flag' })).toEqual({ attributes: [{ name: 'flag', ...of(I2) }] });
    expect(await list({ attributeName: 'ecs.availability-zone', attributeValue: 'us-east-1a' })).toEqual({
      attributes: [{ name: 'ecs.availability-zone', value: 'us-east-1a', ...of(I1) }],
    });
    expect(await list({ attributeName: 'no' })).toEqual({ attributes: [] });
    expect(await refusal('ListAttributes', { cluster: CLUSTER })).toMatch(/TargetType can not be blank/);
  });
});

describe('tasks', () => {
  it('are described in the order of the request, and missing ones are named', async () => {
    const { tasks, failures } = await answer('DescribeTasks', {
      cluster: CLUSTER,
      tasks: [T2, NOBODY, T1],
      include: ['TAGS'],
    });
    expect(tasks).toMatchObject([
      { taskArn: arn(`task/${CLUSTER}/${T2}`), desiredStatus: 'STOPPED', stoppedReason: 'enough', version: 2 },
      {
        taskArn: arn(`task/${CLUSTER}/${T1}`),
        containerInstanceArn: arn(`container-instance/${CLUSTER}/${I1}`),
        taskDefinitionArn: arn('task-definition/web:1'),
        lastStatus: 'RUNNING',
        group: 'family:web',
        cpu: '0',
        memory: '32',
        containers: [
          { name: 'web', networkBindings: [{ containerPort: 80, hostPort: 32768 }], healthStatus: 'UNKNOWN' },
        ],
        overrides: { containerOverrides: [{ name: 'web' }], inferenceAcceleratorOverrides: [] },
        startedAt: expect.any(Number) as unknown,
      },
    ]);
    expect(failures).toEqual([{ arn: arn(`task/${CLUSTER}/${NOBODY}`), reason: 'MISSING' }]);
  });

  it('are rejected with an empty list, malformed ids and more than a hundred ids', async () => {
    const refused = (tasks: readonly string[]): Promise<string> =>
      refusal('DescribeTasks', { cluster: CLUSTER, tasks });
    expect(await refused([])).toBe('InvalidParameterException: Tasks cannot be empty.');
    expect(await refused([''])).toBe('InvalidParameterException: taskId length should be one of [32,36]');
    expect(await refused(['None'])).toBe('InvalidParameterException: taskId length should be one of [32,36]');
    expect(await refused([arn(`task/${T1}`)])).toBe(
      'InvalidParameterException: Invalid identifier: Unexpected number of separators',
    );
    expect(await refused([arn(`task/default/${T1}`)])).toBe(
      `InvalidParameterException: Invalid identifier: Identifier is for default. Your cluster is ${CLUSTER}`,
    );
    expect(await refused(Array.from({ length: 101 }, () => T1))).toMatch(/can have at most 100 items/);
  });

  it('are listed by the desired status RUNNING unless another status is given', async () => {
    const list = (input: object): Promise<Readonly<Record<string, unknown>>> =>
      answer('ListTasks', { cluster: CLUSTER, ...input });
    const [one, two] = [arn(`task/${CLUSTER}/${T1}`), arn(`task/${CLUSTER}/${T2}`)];
    expect(await list({})).toEqual({ taskArns: [one] });
    expect(await list({ desiredStatus: 'STOPPED' })).toEqual({ taskArns: [two] });
    expect(await list({ desiredStatus: 'PENDING' })).toEqual({ taskArns: [] });
    expect(await list({ family: 'web', containerInstance: I1, launchType: 'EC2' })).toEqual({ taskArns: [one] });
    expect(await list({ family: 'worker' })).toEqual({ taskArns: [] });
    expect(await list({ startedBy: 'x', desiredStatus: 'STOPPED' })).toEqual({ taskArns: [] });
  });

  it('are not listed by filters that exclude each other or are not supported', async () => {
    const list = (input: object): Promise<string> => refusal('ListTasks', { cluster: CLUSTER, ...input });
    expect(await list({ startedBy: 'x', family: 'web' })).toMatch(
      /^InvalidParameterException: startedBy must be the only/,
    );
    expect(await list({ serviceName: 'web' })).toBe('ServiceNotFoundException: Service not found.');
    expect(await list({ daemonName: 'x' })).toMatch(/^UnsupportedFeatureException: daemonName/);
    expect(await list({ desiredStatus: 'GONE' })).toMatch(/^InvalidParameterException: DesiredStatus should be one of/);
    expect(await list({ containerInstance: 'x' })).toMatch(/containerInstanceId length/);
  });
});

describe('task definitions', () => {
  it('are found by family, revision and ARN', async () => {
    for (const taskDefinition of ['web', 'web:2', arn('task-definition/web:2'), arn('task-definition/web')]) {
      const { taskDefinition: found } = await answer('DescribeTaskDefinition', { taskDefinition });
      expect(found).toMatchObject({
        family: 'web',
        revision: 2,
        status: 'ACTIVE',
        registeredAt: expect.any(Number) as unknown,
      });
    }
    const inactive = await answer('DescribeTaskDefinition', { taskDefinition: 'web:10' });
    expect(inactive).toMatchObject({
      taskDefinition: { status: 'INACTIVE', deregisteredAt: expect.any(Number) as unknown },
    });
    expect(inactive).not.toHaveProperty('tags');
    const tagged = await answer('DescribeTaskDefinition', { taskDefinition: 'web', include: ['TAGS'] });
    expect(tagged['tags']).toEqual([{ key: 't', value: '2' }]);
  });

  it('are not found', async () => {
    const refused = (taskDefinition: string): Promise<string> => refusal('DescribeTaskDefinition', { taskDefinition });
    for (const unknown of ['nothing', 'web:3', 'old', 'web:1:2', 'we b', arn('task-definition/nothing:1')]) {
      expect(await refused(unknown)).toBe('ClientException: Unable to describe task definition.');
    }
    expect(await refused('web:foo')).toBe('InvalidParameterException: Invalid revision number. Number: foo');
    expect(await refused('web:0')).toBe('InvalidParameterException: Invalid revision number. Number: 0');
    expect(await refused(arn('task-definition/a/web:1'))).toMatch(/Unexpected number of separators/);
  });

  it('are listed by family, then by number', async () => {
    const of = (...names: readonly string[]): object => ({
      taskDefinitionArns: names.map((each) => arn(`task-definition/${each}`)),
    });
    expect(await answer('ListTaskDefinitions', {})).toEqual(of('web:1', 'web:2', 'worker:1'));
    expect(await answer('ListTaskDefinitions', { sort: 'DESC' })).toEqual(of('worker:1', 'web:2', 'web:1'));
    expect(await answer('ListTaskDefinitions', { status: 'INACTIVE' })).toEqual(of('old:1', 'web:10'));
    expect(await answer('ListTaskDefinitions', { familyPrefix: 'we' })).toEqual(of());
    expect(await answer('ListTaskDefinitions', { familyPrefix: 'web' })).toEqual(of('web:1', 'web:2'));
  });

  it('have families, with and without ACTIVE revisions', async () => {
    expect(await answer('ListTaskDefinitionFamilies', {})).toEqual({ families: ['old', 'web', 'worker'] });
    expect(await answer('ListTaskDefinitionFamilies', { status: 'ACTIVE' })).toEqual({ families: ['web', 'worker'] });
    expect(await answer('ListTaskDefinitionFamilies', { status: 'INACTIVE' })).toEqual({ families: ['old'] });
    expect(await answer('ListTaskDefinitionFamilies', { familyPrefix: 'w' })).toEqual({ families: ['web', 'worker'] });
  });
});

describe('ListTagsForResource', () => {
  it('returns the tags of all resources that can have tags', async () => {
    const tagsOf = async (resource: string): Promise<unknown> =>
      (await answer('ListTagsForResource', { resourceArn: arn(resource) }))['tags'];
    expect(await tagsOf(`cluster/${CLUSTER}`)).toEqual([{ key: 'a', value: 'b' }]);
    expect(await tagsOf(`container-instance/${CLUSTER}/${I1}`)).toEqual([{ key: 'i', value: '1' }]);
    expect(await tagsOf(`task/${CLUSTER}/${T1}`)).toEqual([]);
    expect(await tagsOf('task-definition/web:2')).toEqual([{ key: 't', value: '2' }]);
  });

  it.each([
    ['cluster/nowhere', 'ClusterNotFoundException: Cluster not found.'],
    [
      `container-instance/${CLUSTER}/${NOBODY}`,
      /^InvalidParameterException: The specified container instance is not found/,
    ],
    [`task/${CLUSTER}/${NOBODY}`, /^InvalidParameterException: The specified task is not found/],
    ['task-definition/web:99', /^InvalidParameterException: The specified task definition is not found/],
    ['task-definition/web', 'ClientException: Revision is missing.'],
    ['service/a/b', 'ClusterNotFoundException: Cluster not found.'],
    [`service/${CLUSTER}/b`, 'ServiceNotFoundException: Service not found.'],
    ['service/b', 'InvalidParameterException: Long arn format must be used for tagging operations'],
    ['capacity-provider/a', 'ResourceNotFoundException: The specified capacity-provider is not found.'],
    [`container/${CLUSTER}/${T1}/x`, /^InvalidParameterException: Invalid identifier: A container has no tags/],
    ['nonsense/a', /^InvalidParameterException: Invalid identifier/],
  ])('rejects %s', async (resource, expected) => {
    expect(await refusal('ListTagsForResource', { resourceArn: arn(resource) })).toMatch(expected);
  });

  it('rejects text that is not an ARN of ECS', async () => {
    for (const resourceArn of ['web', 'arn:aws:s3:::bucket/x', 'arn:aws:ecs', 'a:b:c:d:e:f/g', '']) {
      expect(await refusal('ListTagsForResource', { resourceArn })).toMatch(/^InvalidParameterException: /);
    }
  });
});
