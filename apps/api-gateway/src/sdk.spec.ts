import {
  CreateClusterCommand,
  CreateTaskSetCommand,
  DeleteAccountSettingCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  paginateListAccountSettings,
  paginateListAttributes,
  paginateListClusters,
  paginateListContainerInstances,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
  paginateListTasks,
  PutAccountSettingCommand,
  PutAttributesCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  TagResourceCommand,
  waitUntilTasksRunning,
} from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { instanceId, taskId, clusterName } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../../test/support/gateway';

const ACCOUNT = '123456789012';
const arn = (rest: string): string => `arn:aws:ecs:us-east-1:${ACCOUNT}:${rest}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

describe('the AWS SDK against a running gateway', () => {
  it('creates a cluster and reads it at once', async () => {
    const { cluster } = await gateway.ecs.send(
      new CreateClusterCommand({ clusterName: 'sdk', tags: [{ key: 'team', value: 'blue' }] }),
    );
    expect(cluster).toMatchObject({ clusterArn: arn('cluster/sdk'), status: 'ACTIVE' });
    const { clusters, failures } = await gateway.ecs.send(
      new DescribeClustersCommand({ clusters: ['sdk', 'nowhere'], include: ['TAGS', 'STATISTICS', 'SETTINGS'] }),
    );
    expect(clusters).toMatchObject([
      {
        clusterName: 'sdk',
        tags: [{ key: 'team', value: 'blue' }],
        settings: [{ name: 'containerInsights', value: 'disabled' }],
      },
    ]);
    expect(clusters?.[0]?.statistics).toHaveLength(8);
    expect(failures).toEqual([{ arn: arn('cluster/nowhere'), reason: 'MISSING' }]);
  });

  it('registers, runs, describes, lists and stops a task', async () => {
    await gateway.ecs.send(new CreateClusterCommand({ clusterName: 'life' }));
    await gateway.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        containerDefinitions: [{ name: 'web', image: 'busybox', memory: 64 }],
      }),
    );
    const { containerInstance } = await gateway.ecs.send(
      new RegisterContainerInstanceCommand({
        cluster: 'life',
        instanceIdentityDocument: JSON.stringify({ instanceId: 'i-1', region: 'us-east-1' }),
        instanceIdentityDocumentSignature: '',
        totalResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
          { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
          { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
        ],
        attributes: [
          { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' },
          { name: 'com.amazonaws.ecs.capability.logging-driver.json-file' },
        ],
      }),
    );
    const instance = instanceId(containerInstance?.containerInstanceArn?.split('/').at(-1) ?? '');
    const cluster = clusterName('life');
    await gateway.commit({ type: 'InstanceConnectionChanged', version: 1, cluster, instance, connected: true });
    const run = { cluster: 'life', taskDefinition: 'web', count: 2, clientToken: 'once', startedBy: 'me' };
    const { tasks = [], failures } = await gateway.ecs.send(new RunTaskCommand(run));
    expect(failures).toEqual([]);
    expect(tasks).toHaveLength(2);
    expect(tasks[0]).toMatchObject({
      clusterArn: arn('cluster/life'),
      taskDefinitionArn: arn('task-definition/web:1'),
      lastStatus: 'PENDING',
      desiredStatus: 'RUNNING',
      memory: '64',
      overrides: { containerOverrides: [{ name: 'web' }] },
    });
    const again = await gateway.ecs.send(new RunTaskCommand(run));
    expect(again.tasks?.map(({ taskArn }) => taskArn)).toEqual(tasks.map(({ taskArn }) => taskArn));
    const listed = await gateway.ecs.send(new ListTasksCommand({ cluster: 'life', startedBy: 'me' }));
    expect(new Set(listed.taskArns)).toEqual(new Set(tasks.map(({ taskArn }) => taskArn)));

    const [first = '', second = ''] = tasks.map(({ taskArn }) => taskArn ?? '');
    const running = [first, second].map((taskArn) => taskId(taskArn.split('/').at(-1) ?? ''));
    const report = { name: 'web', lastStatus: 'RUNNING', runtimeId: 'x' } as const;
    await gateway.commit(
      ...running.map((task) => ({
        type: 'TaskProgressed' as const,
        version: 1 as const,
        cluster,
        instance,
        task,
        lastStatus: 'RUNNING' as const,
        containers: [report],
      })),
    );
    const waiter = { client: gateway.ecs, maxWaitTime: 10, minDelay: 1, maxDelay: 1 };
    await waitUntilTasksRunning(waiter, { cluster: 'life', tasks: [first, second] });
    const { task } = await gateway.ecs.send(new StopTaskCommand({ cluster: 'life', task: first, reason: 'enough' }));
    expect(task).toMatchObject({ desiredStatus: 'STOPPED', stoppedReason: 'enough', stopCode: 'UserInitiated' });
    const described = await gateway.ecs.send(new DescribeTasksCommand({ cluster: 'life', tasks: [second, first] }));
    expect(described.tasks?.map(({ taskArn }) => taskArn)).toEqual([second, first]);
    expect(described.tasks?.[1]).toMatchObject({ desiredStatus: 'STOPPED', connectivity: 'CONNECTED' });
    expect(described.tasks?.[1]?.createdAt).toBeInstanceOf(Date);

    const { containerInstances } = await gateway.ecs.send(
      new DescribeContainerInstancesCommand({ cluster: 'life', containerInstances: [instance] }),
    );
    const remaining = new Map(containerInstances?.[0]?.remainingResources?.map((each) => [each.name, each]));
    expect(remaining.get('MEMORY')).toMatchObject({ type: 'INTEGER', integerValue: 4096 - 128, doubleValue: 0 });
    expect(remaining.get('PORTS')).toMatchObject({ type: 'STRINGSET', stringSetValue: ['22'] });
    await gateway.ecs.send(
      new PutAttributesCommand({
        cluster: 'life',
        attributes: [{ name: 'rack', value: '7', targetId: containerInstance?.containerInstanceArn }],
      }),
    );
    const attributes = [];
    for await (const page of paginateListAttributes(
      { client: gateway.ecs, pageSize: 1 },
      { cluster: 'life', targetType: 'container-instance', attributeName: 'rack' },
    )) {
      attributes.push(...(page.attributes ?? []));
    }
    expect(attributes).toEqual([
      { name: 'rack', value: '7', targetType: 'container-instance', targetId: containerInstance?.containerInstanceArn },
    ]);
  });

  it('pages through all items, each once', async () => {
    const client = gateway.ecs;
    const names = Array.from({ length: 5 }, (_, at) => `page-${String(at)}`);
    for (const name of names) {
      await client.send(new CreateClusterCommand({ clusterName: name }));
      await client.send(
        new RegisterTaskDefinitionCommand({
          family: name,
          containerDefinitions: [{ name: 'web', image: 'busybox', memory: 64 }],
        }),
      );
    }
    const clusters: string[] = [];
    for await (const page of paginateListClusters({ client, pageSize: 2 }, {})) {
      expect(page.clusterArns?.length).toBeLessThanOrEqual(2);
      clusters.push(...(page.clusterArns ?? []));
    }
    expect(clusters).toEqual([...new Set(clusters)]);
    expect(clusters).toEqual(expect.arrayContaining(names.map((name) => arn(`cluster/${name}`))));
    const families: string[] = [];
    for await (const page of paginateListTaskDefinitionFamilies({ client, pageSize: 2 }, { familyPrefix: 'page-' })) {
      families.push(...(page.families ?? []));
    }
    expect(families).toEqual(names);
    const definitions: string[] = [];
    for await (const page of paginateListTaskDefinitions({ client, pageSize: 2 }, { sort: 'DESC' })) {
      definitions.push(...(page.taskDefinitionArns ?? []));
    }
    expect(definitions.filter((each) => each.includes('/page-'))).toEqual(
      names.toReversed().map((name) => arn(`task-definition/${name}:1`)),
    );
    for await (const page of paginateListContainerInstances({ client }, { cluster: 'page-0' })) {
      expect(page.containerInstanceArns).toEqual([]);
    }
    for await (const page of paginateListTasks({ client }, { cluster: 'page-0' })) expect(page.taskArns).toEqual([]);
  });

  it('keeps account settings', async () => {
    const client = gateway.ecs;
    const principalArn = `arn:aws:iam::${ACCOUNT}:user/admin`;
    const { setting } = await client.send(
      new PutAccountSettingCommand({ name: 'containerInsights', value: 'enabled' }),
    );
    expect(setting).toEqual({ name: 'containerInsights', value: 'enabled', principalArn, type: 'user' });
    const effective = new Map<string, string>();
    for await (const page of paginateListAccountSettings({ client }, { effectiveSettings: true })) {
      expect(page.settings?.length).toBeLessThanOrEqual(10);
      for (const { name, value } of page.settings ?? []) effective.set(name ?? '', value ?? '');
    }
    expect(effective.size).toBe(11);
    expect(effective.get('containerInsights')).toBe('enabled');
    expect(effective.get('taskLongArnFormat')).toBe('enabled');
    await client.send(new DeleteAccountSettingCommand({ name: 'containerInsights' }));
    for await (const page of paginateListAccountSettings({ client }, {})) expect(page.settings).toEqual([]);
  });

  it('tags, and lists tags', async () => {
    const client = gateway.ecs;
    const resourceArn = arn('task-definition/tagged:1');
    await client.send(
      new RegisterTaskDefinitionCommand({
        family: 'tagged',
        containerDefinitions: [{ name: 'web', image: 'busybox', memory: 64 }],
        tags: [{ key: 'a', value: '1' }],
      }),
    );
    await client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '2' }] }));
    const both = [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ];
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual(both);
    const described = await client.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'tagged', include: ['TAGS'] }),
    );
    expect(described.tags).toEqual(both);
    expect(described.taskDefinition?.registeredBy).toBe(`arn:aws:iam::${ACCOUNT}:user/admin`);
    const untold = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'tagged:1' }));
    expect(untold.tags).toBeUndefined();
  });

  it('receives errors as exceptions of its own', async () => {
    const missing = gateway.ecs.send(new DescribeTasksCommand({ cluster: 'nowhere', tasks: ['0'.repeat(32)] }));
    await expect(missing).rejects.toMatchObject({
      name: 'ClusterNotFoundException',
      message: 'Cluster not found.',
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    });
    const unsupported = gateway.ecs.send(new CreateTaskSetCommand({ service: 'a', cluster: 'a', taskDefinition: 'a' }));
    await expect(unsupported).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'Stowage does not implement ecs:CreateTaskSet.',
    });
  });

  it('receives its identity from STS', async () => {
    const identity = await gateway.sts.send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/admin` });
    expect(identity.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
    expect(identity.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
