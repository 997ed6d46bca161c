import {
  CreateClusterCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  DeregisterTaskDefinitionCommand,
  type ECSClient,
  ListContainerInstancesCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  paginateListTasks,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StartTaskCommand,
  type StartTaskCommandInput,
  StopTaskCommand,
  TagResourceCommand,
  UpdateContainerInstancesStateCommand,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arn, idOf, refusalOf, startTestDeployment, type TestDeployment, WAIT } from '../support/deployment';

const CLUSTER = 'tasks';
const NOBODY = 'f'.repeat(32);

let deployment: TestDeployment;
let ecs: ECSClient;
let instances: readonly string[];

beforeAll(async () => {
  deployment = await startTestDeployment();
  ({ ecs } = deployment);
  const fleet = await deployment.fleet(CLUSTER, { instances: 3, cpu: 1_024, memory: 2_048 });
  instances = fleet.instances;
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      containerDefinitions: [
        { name: 'web', image: 'busybox', memory: 32, cpu: 10, portMappings: [{ containerPort: 80 }] },
        { name: 'log', image: 'busybox', memory: 32, essential: false },
      ],
      tags: [
        { key: 'of', value: 'definition' },
        { key: 'both', value: 'definition' },
      ],
    }),
  );
});
afterAll(() => deployment.close());

const runTask = (input: Partial<RunTaskCommandInput> = {}) =>
  new RunTaskCommand({ cluster: CLUSTER, taskDefinition: 'web', ...input });
const startTask = (input: Partial<StartTaskCommandInput> = {}) =>
  new StartTaskCommand({ cluster: CLUSTER, taskDefinition: 'web', containerInstances: [instances[0]!], ...input });
const refusal = (input: Partial<RunTaskCommandInput>): Promise<string> => refusalOf(ecs.send(runTask(input)));
const arnsOf = (tasks: readonly { readonly taskArn?: string | undefined }[] | undefined): string[] =>
  (tasks ?? []).map(({ taskArn = '' }) => taskArn);

/** Stops tasks that are not needed any more, because the capacity of the tests is small. */
async function stopAll(tasks: readonly string[]): Promise<void> {
  for (const task of tasks) await ecs.send(new StopTaskCommand({ cluster: CLUSTER, task }));
  await deployment.until({ cluster: CLUSTER, tasks: [...tasks] }, 'STOPPED');
}

describe('a task with GPUs', () => {
  it('gets free GPUs of the instance, and is rejected if there are none', async () => {
    const cluster = 'gpus';
    await deployment.fleet(cluster, { instances: 1, gpus: 3 });
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'train',
        containerDefinitions: [
          { name: 'train', image: 'busybox', memory: 32, resourceRequirements: [{ type: 'GPU', value: '2' }] },
        ],
      }),
    );
    const gpusLeft = async (): Promise<readonly string[] | undefined> => {
      const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({ cluster }));
      const described = new DescribeContainerInstancesCommand({ cluster, containerInstances: containerInstanceArns });
      const { containerInstances } = await ecs.send(described);
      return containerInstances?.[0]?.remainingResources?.find(({ name }) => name === 'GPU')?.stringSetValue;
    };
    expect(await gpusLeft()).toHaveLength(3);
    const run = runTask({ cluster, taskDefinition: 'train' });
    const { tasks } = await ecs.send(run);
    await waitUntilTasksRunning({ client: ecs, ...WAIT }, { cluster, tasks: arnsOf(tasks) });
    const running = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arnsOf(tasks) }));
    const gpuIds = running.tasks?.[0]?.containers?.[0]?.gpuIds;
    expect(new Set(gpuIds).size).toBe(2);
    expect(await gpusLeft()).toEqual([expect.not.stringMatching(new RegExp(gpuIds?.join('|') ?? ''))]);
    expect((await ecs.send(run)).failures).toMatchObject([{ reason: 'RESOURCE:GPU' }]);
    const fewer = {
      containerOverrides: [{ name: 'train', resourceRequirements: [{ type: 'GPU' as const, value: '1' }] }],
    };
    const second = await ecs.send(runTask({ cluster, taskDefinition: 'train', overrides: fewer }));
    expect(second.tasks?.[0]?.containers?.[0]?.gpuIds).toHaveLength(1);
    expect(await gpusLeft()).toEqual([]);
  });
});

describe('a task', () => {
  it('is run, awaited, stopped, awaited, and found in the history', async () => {
    const overrides = { containerOverrides: [{ name: 'web', environment: [{ name: 'A', value: 'b' }] }] };
    const { tasks, failures } = await ecs.send(runTask({ count: 2, overrides, startedBy: 'me', group: 'mine' }));
    expect(failures).toEqual([]);
    const arns = arnsOf(tasks);
    expect(tasks?.[0]).toMatchObject({
      taskArn: expect.stringMatching(new RegExp(`^${arn(`task/${CLUSTER}/`)}[0-9a-f]{32}$`)) as string,
      clusterArn: arn(`cluster/${CLUSTER}`),
      taskDefinitionArn: arn('task-definition/web:1'),
      containerInstanceArn: expect.stringMatching(new RegExp(`:container-instance/${CLUSTER}/`)) as string,
      lastStatus: 'PENDING',
      desiredStatus: 'RUNNING',
      launchType: 'EC2',
      group: 'mine',
      startedBy: 'me',
      cpu: '10',
      memory: '64',
      version: 1,
      overrides: { containerOverrides: [overrides.containerOverrides[0], { name: 'log' }] },
      containers: [{ name: 'web', lastStatus: 'PENDING' }, { name: 'log' }],
    });
    await waitUntilTasksRunning({ client: ecs, ...WAIT }, { cluster: CLUSTER, tasks: arns });
    const running = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: arns }));
    expect(running.tasks?.[0]).toMatchObject({
      lastStatus: 'RUNNING',
      connectivity: 'CONNECTED',
      containers: [{ lastStatus: 'RUNNING', networkBindings: [{ containerPort: 80, protocol: 'tcp' }] }, {}],
    });
    expect(running.tasks?.[0]?.startedAt).toBeInstanceOf(Date);

    const reason = 'seen enough';
    const stop = await ecs.send(new StopTaskCommand({ cluster: CLUSTER, task: idOf(arns[0]), reason }));
    expect(stop.task).toMatchObject({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: reason });
    await deployment.other.send(new StopTaskCommand({ cluster: CLUSTER, task: arns[1] }));
    await waitUntilTasksStopped({ client: ecs, ...WAIT }, { cluster: CLUSTER, tasks: arns });
    const { tasks: stopped = [] } = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: arns }));
    expect(stopped.map(({ stoppedReason }) => stoppedReason)).toEqual([reason, 'Task stopped by user']);
    expect(stopped[0]).toMatchObject({ lastStatus: 'STOPPED', containers: [{ exitCode: 143 }, { exitCode: 143 }] });
    const { createdAt, startedAt, stoppingAt, stoppedAt } = stopped[0] ?? {};
    const times = [createdAt, startedAt, stoppingAt, stoppedAt].map((time) => time?.getTime() ?? NaN);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: CLUSTER, desiredStatus: 'STOPPED' }));
    expect(taskArns).toEqual(expect.arrayContaining(arns));
  });

  it('that is STOPPED is returned unchanged by StopTask, through both gateways', async () => {
    const [task] = await deployment.runUntilRunning({ cluster: CLUSTER, taskDefinition: 'web' });
    const [only = ''] = arnsOf(task && [task]);
    await stopAll([only]);
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [only] }));
    for (const client of [ecs, deployment.other]) {
      const again = await client.send(new StopTaskCommand({ cluster: CLUSTER, task: only, reason: 'again' }));
      expect(again.task).toEqual(tasks?.[0]);
    }
  });

  it('that does not exist, or whose name is invalid, is rejected by StopTask', async () => {
    const stop = (task: string, cluster = CLUSTER): Promise<string> =>
      refusalOf(ecs.send(new StopTaskCommand({ cluster, task })));
    expect(await stop(NOBODY)).toBe('InvalidParameterException: The referenced task was not found.');
    expect(await stop('None')).toBe('InvalidParameterException: taskId length should be one of [32,36]');
    expect(await stop(NOBODY, 'nowhere')).toBe('ClusterNotFoundException: Cluster not found.');
    expect(await stop(arn(`task/other/${NOBODY}`))).toBe(
      `InvalidParameterException: Invalid identifier: Identifier is for other. Your cluster is ${CLUSTER}`,
    );
    expect(await refusalOf(ecs.send(new StopTaskCommand({ cluster: CLUSTER, task: undefined })))).toMatch(
      /^InvalidParameterException: /,
    );
  });
});

describe('RunTask', () => {
  it('gives tasks the requested tags', async () => {
    const tags = [
      { key: 'own', value: '1' },
      { key: 'both', value: 'request' },
    ];
    const input = { tags, propagateTags: 'TASK_DEFINITION' as const, enableECSManagedTags: true };
    const { tasks } = await ecs.send(runTask(input));
    const all = [
      { key: 'of', value: 'definition' },
      { key: 'both', value: 'request' },
      { key: 'own', value: '1' },
      { key: 'aws:ecs:clusterName', value: CLUSTER },
    ];
    expect(tasks?.[0]?.tags).toEqual(all);
    const [resourceArn = ''] = arnsOf(tasks);
    const about = { cluster: CLUSTER, tasks: [resourceArn] };
    const described = await ecs.send(new DescribeTasksCommand({ ...about, include: ['TAGS'] }));
    expect(described.tasks?.[0]?.tags).toEqual(all);
    expect((await ecs.send(new DescribeTasksCommand(about))).tasks?.[0]?.tags).toEqual([]);
    await ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'late', value: '' }] }));
    expect((await ecs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toContainEqual({
      key: 'late',
      value: '',
    });
    await stopAll([resourceArn]);
    const after = await ecs.send(new DescribeTasksCommand({ ...about, include: ['TAGS'] }));
    expect(after.tasks?.[0]?.tags).toEqual([]);
    const { tasks: untagged } = await ecs.send(runTask());
    expect(untagged?.[0]?.tags).toEqual([]);
    await stopAll(arnsOf(untagged));
  });

  it('with the same client token returns the same tasks, through both gateways and concurrently', async () => {
    const run = runTask({ clientToken: 'race', count: 2 });
    const clients = [ecs, deployment.other, ecs, deployment.other, ecs, deployment.other];
    const answers = await Promise.all(clients.map((client) => client.send(run)));
    const [first = [], ...others] = answers.map(({ tasks }) => arnsOf(tasks).toSorted());
    expect(first).toHaveLength(2);
    for (const other of others) expect(other).toEqual(first);
    for (const { failures } of answers) expect(failures).toEqual([]);
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: CLUSTER }));
    expect(taskArns?.toSorted()).toEqual(first);
    await stopAll(first);
    const late = await deployment.other.send(run);
    expect(arnsOf(late.tasks).toSorted()).toEqual(first);
    expect((await ecs.send(new ListTasksCommand({ cluster: CLUSTER }))).taskArns).toEqual([]);
  });

  it('with the same client token and other parameters is rejected with the conflicting tasks', async () => {
    const { tasks } = await ecs.send(runTask({ clientToken: 'other' }));
    for (const client of [ecs, deployment.other]) {
      await expect(client.send(runTask({ clientToken: 'other', count: 2 }))).rejects.toMatchObject({
        name: 'ConflictException',
        resourceIds: arnsOf(tasks).map(idOf),
      });
    }
    await ecs.send(new CreateClusterCommand({ clusterName: 'elsewhere' }));
    expect(await refusal({ cluster: 'elsewhere', clientToken: 'other' })).toMatch(/No Container Instances/);
    await stopAll(arnsOf(tasks));
  });

  it('places the tasks that fit, and returns a reason per instance for the others', async () => {
    const half = { containerOverrides: [{ name: 'web', cpu: 1_000 }] };
    const { tasks, failures } = await ecs.send(runTask({ count: 5, overrides: half }));
    expect(tasks).toHaveLength(3);
    expect(new Set(tasks?.map(({ containerInstanceArn }) => idOf(containerInstanceArn)))).toEqual(new Set(instances));
    expect(failures).toHaveLength(instances.length);
    for (const { arn: instance, reason, detail } of failures ?? []) {
      expect(instances).toContain(idOf(instance));
      expect(reason).toBe('RESOURCE:CPU');
      expect(detail).toMatch(/^The task requires 1000 CPU units\. Free: \d+ CPU units\.$/);
    }
    await stopAll(arnsOf(tasks));
    const much = { containerOverrides: [{ name: 'web', memory: 4_000 }] };
    const none = await ecs.send(runTask({ overrides: much }));
    expect(none).toMatchObject({ tasks: [], failures: instances.map(() => ({ reason: 'RESOURCE:MEMORY' })) });
  });

  it('never assigns a host port twice, through both gateways', async () => {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'port',
        containerDefinitions: [
          { name: 'web', image: 'busybox', memory: 16, portMappings: [{ containerPort: 80, hostPort: 8_080 }] },
        ],
      }),
    );
    const answers = await Promise.all(
      [ecs, deployment.other, ecs, deployment.other].map((client) =>
        client.send(runTask({ taskDefinition: 'port', count: 2 })),
      ),
    );
    const placed = answers.flatMap(({ tasks = [] }) => tasks);
    expect(placed.map(({ containerInstanceArn }) => idOf(containerInstanceArn)).toSorted()).toEqual(
      [...instances].toSorted(),
    );
    const reasons = answers.flatMap(({ failures = [] }) => failures.map(({ reason }) => reason));
    expect(new Set(reasons)).toEqual(new Set(['RESOURCE:PORTS']));
    await stopAll(arnsOf(placed));
  });

  it('does not use DRAINING instances', async () => {
    const [draining = ''] = instances;
    const set = (status: 'ACTIVE' | 'DRAINING') =>
      new UpdateContainerInstancesStateCommand({ cluster: CLUSTER, containerInstances: [draining], status });
    await ecs.send(set('DRAINING'));
    const { tasks } = await deployment.other.send(runTask({ count: 10 }));
    await ecs.send(set('ACTIVE'));
    expect(tasks).toHaveLength(10);
    expect(tasks?.map(({ containerInstanceArn }) => idOf(containerInstanceArn))).not.toContain(draining);
    await stopAll(arnsOf(tasks));
  });

  it.each<[Partial<RunTaskCommandInput>, string | RegExp]>([
    [{ cluster: 'nowhere' }, 'ClusterNotFoundException: Cluster not found.'],
    [{ taskDefinition: 'nothing' }, 'ClientException: TaskDefinition not found.'],
    [{ taskDefinition: 'web:99' }, 'ClientException: TaskDefinition not found.'],
    [{ count: 0 }, /^InvalidParameterException: /],
    [{ count: 11 }, /^InvalidParameterException: /],
    [{ startedBy: 'x'.repeat(129) }, /^InvalidParameterException: StartedBy/],
    [{ group: 'service:x' }, 'InvalidParameterException: Invalid namespace for group.'],
    [{ clientToken: 'x'.repeat(65) }, /^InvalidParameterException: ClientToken/],
    [{ launchType: 'FARGATE' }, 'InvalidParameterException: Task definition does not support launch_type FARGATE.'],
    [
      { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'x' }] },
      'InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    ],
    [
      { overrides: { containerOverrides: [{ name: 'absent' }] } },
      'InvalidParameterException: Override for container named absent is not a container in the TaskDefinition.',
    ],
    [
      { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } },
      'InvalidParameterException: Network Configuration is not valid for the given networkMode of this task definition.',
    ],
    [{ propagateTags: 'SERVICE' }, /^InvalidParameterException: propagateTags/],
    [{ tags: [{ key: 'aws:x', value: '' }] }, /^InvalidParameterException: .*reserved/],
    [{ enableExecuteCommand: true }, /^UnsupportedFeatureException: /],
  ])('rejects %j and places nothing', async (input, expected) => {
    const before = await deployment.runtime.journal.lastSequence();
    expect(await refusal(input)).toMatch(expected);
    expect(await deployment.runtime.journal.lastSequence()).toBe(before);
  });

  it('rejects an INACTIVE definition, and finds the newest ACTIVE one by its family', async () => {
    const register = () =>
      ecs.send(
        new RegisterTaskDefinitionCommand({
          family: 'old',
          containerDefinitions: [{ name: 'web', image: 'busybox', memory: 16 }],
        }),
      );
    await register();
    await register();
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'old:2' }));
    expect(await refusal({ taskDefinition: 'old:2' })).toBe('InvalidParameterException: TaskDefinition is inactive');
    const { tasks } = await ecs.send(runTask({ taskDefinition: 'old' }));
    expect(tasks?.[0]?.taskDefinitionArn).toBe(arn('task-definition/old:1'));
    await stopAll(arnsOf(tasks));
  });
});

describe('StartTask', () => {
  it('starts one task on each named instance, and returns a reason for the others', async () => {
    const { tasks, failures } = await ecs.send(startTask({ containerInstances: [...instances, NOBODY] }));
    expect(tasks?.map(({ containerInstanceArn }) => idOf(containerInstanceArn))).toEqual(instances);
    expect(failures).toEqual([{ arn: arn(`container-instance/${CLUSTER}/${NOBODY}`), reason: 'MISSING' }]);
    await stopAll(arnsOf(tasks));
  });

  it.each<[Partial<StartTaskCommandInput>, string | RegExp]>([
    [{ cluster: 'nowhere' }, 'ClusterNotFoundException: Cluster not found.'],
    [{ taskDefinition: 'nothing' }, 'ClientException: TaskDefinition not found.'],
    [{ containerInstances: [] }, /^InvalidParameterException: Container instances/],
    [{ containerInstances: ['x'] }, /^InvalidParameterException: containerInstanceId length/],
    [{ containerInstances: [NOBODY, NOBODY] }, /^InvalidParameterException: .*unique/],
    [{ startedBy: 'x'.repeat(37) }, /^InvalidParameterException: StartedBy/],
  ])('rejects %j', async (input, expected) => {
    expect(await refusalOf(ecs.send(startTask(input)))).toMatch(expected);
  });
});

describe('ListTasks', () => {
  it('pages through tasks, each once, oldest first, and filters', async () => {
    const arns: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      arns.push(...arnsOf((await ecs.send(runTask({ count: 3, startedBy: `batch-${String(at)}` }))).tasks));
    }
    const pages: string[] = [];
    for await (const { taskArns = [] } of paginateListTasks({ client: ecs, pageSize: 4 }, { cluster: CLUSTER })) {
      expect(taskArns.length).toBeLessThanOrEqual(4);
      pages.push(...taskArns);
    }
    expect(pages.toSorted()).toEqual(arns.toSorted());
    expect(new Set(pages.slice(0, 3))).toEqual(new Set(arns.slice(0, 3)));
    const list = async (filter: Partial<ListTasksCommandInput>): Promise<readonly string[]> =>
      (await deployment.other.send(new ListTasksCommand({ cluster: CLUSTER, ...filter }))).taskArns?.toSorted() ?? [];
    expect(await list({ startedBy: 'batch-1' })).toEqual(arns.slice(3, 6).toSorted());
    expect(await list({ family: 'web' })).toEqual(arns.toSorted());
    expect(await list({ family: 'we' })).toEqual([]);
    expect(await list({ desiredStatus: 'PENDING' })).toEqual([]);
    const byInstance = await Promise.all(instances.map((containerInstance) => list({ containerInstance })));
    expect(byInstance.flat().toSorted()).toEqual(arns.toSorted());
    await stopAll(arns);
    expect(await list({})).toEqual([]);
    expect(await list({ desiredStatus: 'STOPPED', startedBy: 'batch-2' })).toEqual(arns.slice(6).toSorted());
  });

  it('rejects filters that exclude each other, and a missing service', async () => {
    const list = (filter: Partial<ListTasksCommandInput>): Promise<string> =>
      refusalOf(ecs.send(new ListTasksCommand({ cluster: CLUSTER, ...filter })));
    expect(await list({ startedBy: 'x', family: 'web' })).toMatch(/^InvalidParameterException: startedBy/);
    expect(await list({ serviceName: 'x' })).toBe('ServiceNotFoundException: Service not found.');
    expect(await list({ cluster: 'nowhere' })).toBe('ClusterNotFoundException: Cluster not found.');
  });
});

describe('DescribeTasks', () => {
  it('returns missing tasks as failures', async () => {
    const { tasks, failures } = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [NOBODY] }));
    expect(tasks).toEqual([]);
    expect(failures).toEqual([{ arn: arn(`task/${CLUSTER}/${NOBODY}`), reason: 'MISSING' }]);
    expect(await refusalOf(ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [] })))).toBe(
      'InvalidParameterException: Tasks cannot be empty.',
    );
  });
});
