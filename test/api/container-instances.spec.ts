import {
  type Attribute,
  CreateClusterCommand,
  DeleteAttributesCommand,
  DeregisterContainerInstanceCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListAttributesCommand,
  ListContainerInstancesCommand,
  paginateListAttributes,
  paginateListContainerInstances,
  PutAttributesCommand,
  RegisterContainerInstanceCommand,
  type RegisterContainerInstanceCommandInput,
  RegisterTaskDefinitionCommand,
  StartTaskCommand,
  UpdateContainerAgentCommand,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arn, idOf, refusalOf, startTestDeployment, type TestDeployment } from '../support/deployment';

const CLUSTER = 'hosts';
const NOBODY = 'f'.repeat(32);
const nobody = arn(`container-instance/${CLUSTER}/${NOBODY}`);

let deployment: TestDeployment;
let ecs: ECSClient;
beforeAll(async () => {
  deployment = await startTestDeployment();
  ({ ecs } = deployment);
  await ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
  const containerDefinitions = [{ name: 'web', image: 'busybox', memory: 32 }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions }));
});
afterAll(() => deployment.close());

type Registration = Partial<RegisterContainerInstanceCommandInput>;

const registering = (input: Registration = {}) =>
  new RegisterContainerInstanceCommand({
    cluster: CLUSTER,
    instanceIdentityDocument: '',
    instanceIdentityDocumentSignature: '',
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 2_048 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 4_096 },
      { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
      { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
    ],
    attributes: [
      { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' },
      { name: 'ecs.instance-type', value: 'small' },
      { name: 'rack', value: '7' },
    ],
    tags: [{ key: 'team', value: 'blue' }],
    ...input,
  });

const register = async (input?: Registration): Promise<string> =>
  (await ecs.send(registering(input))).containerInstance?.containerInstanceArn ?? '';

const describeOne = async (containerInstance: string, cluster = CLUSTER) => {
  const command = new DescribeContainerInstancesCommand({ cluster, containerInstances: [containerInstance] });
  return (await deployment.other.send(command)).containerInstances?.[0];
};

describe('RegisterContainerInstance', () => {
  it('registers an instance, echoes its attributes and adds those of ECS', async () => {
    const { containerInstance } = await ecs.send(registering());
    expect(containerInstance).toMatchObject({
      containerInstanceArn: expect.stringMatching(
        new RegExp(`^${arn(`container-instance/${CLUSTER}/`)}[0-9a-f]{32}$`),
      ) as string,
      ec2InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/) as string,
      status: 'ACTIVE',
      agentConnected: false,
      version: 1,
      tags: [{ key: 'team', value: 'blue' }],
    });
    const names = containerInstance?.attributes?.map(({ name, value }) => `${name ?? ''}=${value ?? ''}`);
    expect(names).toEqual(
      expect.arrayContaining(['rack=7', 'ecs.instance-type=small', 'ecs.os-type=linux', 'ecs.os-family=LINUX']),
    );
    expect(await describeOne(containerInstance?.containerInstanceArn ?? '')).toMatchObject({
      registeredResources: expect.arrayContaining([
        { name: 'CPU', type: 'INTEGER', integerValue: 2_048, longValue: 0, doubleValue: 0 },
      ]) as unknown,
      runningTasksCount: 0,
      pendingTasksCount: 0,
    });
  });

  it('with the ARN of the instance keeps its type, and updates its capabilities', async () => {
    const containerInstanceArn = await register();
    const capability = 'com.amazonaws.ecs.capability.docker-remote-api.1.44';
    const again = await ecs.send(registering({ containerInstanceArn, attributes: [{ name: capability }] }));
    const names = again.containerInstance?.attributes?.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([capability, 'rack', 'ecs.instance-type']));
    expect(names).not.toContain('com.amazonaws.ecs.capability.docker-remote-api.1.18');
    const changed = registering({
      containerInstanceArn,
      attributes: [{ name: 'ecs.instance-type', value: 'large' }],
    });
    expect(await refusalOf(ecs.send(changed))).toBe(
      `ClientException: Container instance type changes are not supported. Container instance ${idOf(containerInstanceArn)} was previously registered as small.`,
    );
    expect(await refusalOf(ecs.send(registering({ containerInstanceArn: nobody })))).toBe(
      `ClientException: Referenced container instance ${NOBODY} not registered.`,
    );
  });

  it('with one client token registers one instance, for any number of concurrent requests', async () => {
    const clientToken = { clientToken: 'agent-once' };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        deployment.call('RegisterContainerInstance', { ...registering().input, ...clientToken }),
      ),
    );
    const arns = answers.map(
      ({ json }) => (json['containerInstance'] as { containerInstanceArn: string }).containerInstanceArn,
    );
    expect(new Set(arns).size).toBe(1);
  });

  it('is rejected for a missing cluster', async () => {
    expect(await refusalOf(ecs.send(registering({ cluster: 'nowhere' })))).toBe(
      'ClusterNotFoundException: Cluster not found.',
    );
  });
});

describe('DeregisterContainerInstance', () => {
  it('rejects an instance with tasks unless it is forced, which stops the tasks', async () => {
    const { instances } = await deployment.fleet('leaving');
    const [containerInstance = ''] = instances;
    const about = { cluster: 'leaving', containerInstance };
    const [task] = await deployment.runUntilRunning({ cluster: 'leaving', taskDefinition: 'web' });
    expect(await refusalOf(ecs.send(new DeregisterContainerInstanceCommand(about)))).toBe(
      'InvalidParameterException: Found running tasks on the instance.',
    );
    const gone = await ecs.send(new DeregisterContainerInstanceCommand({ ...about, force: true }));
    expect(gone.containerInstance).toMatchObject({ status: 'INACTIVE' });
    const tasks = [task?.taskArn ?? ''];
    const described = await deployment.other.send(new DescribeTasksCommand({ cluster: 'leaving', tasks }));
    expect(described.tasks?.[0]).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'Container instance deregistration forced by user',
    });
    const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({ cluster: 'leaving' }));
    expect(containerInstanceArns).toEqual([]);
    expect(await describeOne(containerInstance, 'leaving')).toMatchObject({ status: 'INACTIVE', runningTasksCount: 0 });
    const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ['leaving'] }));
    expect(clusters).toMatchObject([{ registeredContainerInstancesCount: 0, runningTasksCount: 0 }]);
    const start = { cluster: 'leaving', taskDefinition: 'web', containerInstances: [containerInstance] };
    expect((await ecs.send(new StartTaskCommand(start))).failures).toMatchObject([{ reason: 'INACTIVE' }]);
  });

  it('rejects a missing instance', async () => {
    const about = { cluster: CLUSTER, containerInstance: nobody };
    expect(await refusalOf(ecs.send(new DeregisterContainerInstanceCommand(about)))).toMatch(
      /^(InvalidParameter|Client)Exception: /,
    );
  });
});

describe('UpdateContainerInstancesState', () => {
  it('drains instances and activates them again, and lists missing ones as failures', async () => {
    const one = await register();
    const set = (status: 'ACTIVE' | 'DRAINING') =>
      ecs.send(
        new UpdateContainerInstancesStateCommand({ cluster: CLUSTER, containerInstances: [one, nobody], status }),
      );
    const drained = await set('DRAINING');
    expect(drained.containerInstances).toMatchObject([{ containerInstanceArn: one, status: 'DRAINING', version: 2 }]);
    expect(drained.failures).toEqual([{ arn: nobody, reason: 'MISSING' }]);
    const list = (status?: 'ACTIVE' | 'DRAINING') =>
      deployment.other.send(new ListContainerInstancesCommand({ cluster: CLUSTER, status }));
    expect((await list('DRAINING')).containerInstanceArns).toEqual([one]);
    expect((await list()).containerInstanceArns).toContain(one);
    await set('ACTIVE');
    expect((await list('DRAINING')).containerInstanceArns).toEqual([]);
  });

  it('is rejected with another status, too many instances, or none', async () => {
    const set = (input: object): Promise<string> =>
      refusalOf(
        ecs.send(
          new UpdateContainerInstancesStateCommand({
            cluster: CLUSTER,
            containerInstances: [NOBODY],
            status: 'ACTIVE',
            ...input,
          }),
        ),
      );
    expect(await set({ status: 'INACTIVE' })).toMatch(
      /^InvalidParameterException: Container instance status should be one of \[ACTIVE, ?DRAINING\]/,
    );
    expect(await set({ containerInstances: [] })).toMatch(/^InvalidParameterException: /);
    expect(await set({ containerInstances: Array.from({ length: 11 }, () => NOBODY) })).toMatch(/10/);
    expect(await set({ cluster: 'nowhere' })).toBe('ClusterNotFoundException: Cluster not found.');
  });
});

describe('UpdateContainerAgent', () => {
  it('never has an update', async () => {
    const update = (containerInstance: string): Promise<string> =>
      refusalOf(ecs.send(new UpdateContainerAgentCommand({ cluster: CLUSTER, containerInstance })));
    expect(await update(await register())).toMatch(/^NoUpdateAvailableException: /);
    expect(await update(NOBODY)).toMatch(/^(InvalidParameter|Client)Exception: /);
  });
});

describe('ListContainerInstances', () => {
  it('lists each instance once, page by page', async () => {
    const all = await deployment.fleet('many', { instances: 7, seed: 7 });
    const seen: string[] = [];
    for await (const page of paginateListContainerInstances({ client: ecs, pageSize: 3 }, { cluster: 'many' })) {
      seen.push(...(page.containerInstanceArns ?? []).map(idOf));
    }
    expect(seen.toSorted()).toEqual([...all.instances].toSorted());
  });
});

describe('attributes', () => {
  it('are put on instances, listed, and deleted', async () => {
    const [one, two] = [await register(), await register()];
    const put = (attributes: Attribute[]) => ecs.send(new PutAttributesCommand({ cluster: CLUSTER, attributes }));
    const attributes = [
      { name: 'stack', value: 'prod', targetType: 'container-instance' as const, targetId: one },
      { name: 'stack', value: 'test', targetType: 'container-instance' as const, targetId: idOf(two) },
      { name: 'flag', targetType: 'container-instance' as const, targetId: one },
    ];
    expect((await put(attributes)).attributes).toMatchObject(
      attributes.map(({ name }) => ({ name, targetType: 'container-instance' })),
    );
    const list = async (filter: object): Promise<readonly string[]> => {
      const found: string[] = [];
      const query = { cluster: CLUSTER, targetType: 'container-instance' as const, ...filter };
      for await (const page of paginateListAttributes({ client: deployment.other, pageSize: 1 }, query)) {
        expect(page.attributes?.length).toBeLessThanOrEqual(1);
        found.push(...(page.attributes ?? []).map(({ value = '', targetId }) => `${value} on ${idOf(targetId)}`));
      }
      return found.toSorted();
    };
    expect(await list({ attributeName: 'stack' })).toEqual([`prod on ${idOf(one)}`, `test on ${idOf(two)}`].toSorted());
    expect(await list({ attributeName: 'stack', attributeValue: 'prod' })).toEqual([`prod on ${idOf(one)}`]);
    expect(await list({ attributeName: 'flag' })).toEqual([` on ${idOf(one)}`]);
    await put([{ name: 'stack', value: 'next', targetId: one }]);
    const doomed = { name: 'stack', targetType: 'container-instance' as const, targetId: two };
    await ecs.send(new DeleteAttributesCommand({ cluster: CLUSTER, attributes: [doomed] }));
    expect(await list({ attributeName: 'stack' })).toEqual([`next on ${idOf(one)}`]);
  });

  it('are rejected for missing targets, reserved names, and beyond ten', async () => {
    const targetId = await register();
    const put = (attributes: Attribute[]): Promise<string> =>
      refusalOf(ecs.send(new PutAttributesCommand({ cluster: CLUSTER, attributes })));
    expect(await put([{ name: 'a', value: 'b', targetId: nobody }])).toMatch(/^TargetNotFoundException: /);
    expect(await put([{ name: 'ecs.mine', value: 'b', targetId }])).toMatch(/^InvalidParameterException: .*reserved/);
    expect(await put([{ name: 'a b', value: 'b', targetId }])).toMatch(/^InvalidParameterException: .*attribute name/);
    expect(await put([{ name: 'a', value: ' b', targetId }])).toMatch(/^InvalidParameterException: .*value/);
    const many = Array.from({ length: 10 }, (_, at) => ({ name: `a${String(at)}`, value: 'x', targetId }));
    expect(await put(many)).toMatch(/^AttributeLimitExceededException: /);
    const wrong = new ListAttributesCommand({ cluster: 'nowhere', targetType: 'container-instance' });
    expect(await refusalOf(ecs.send(wrong))).toBe('ClusterNotFoundException: Cluster not found.');
  });
});

describe('DescribeContainerInstances', () => {
  it('lists missing instances as failures, and shows the resources that tasks use', async () => {
    const { instances } = await deployment.fleet('busy', { seed: 9, cpu: 1_024, memory: 512 });
    await deployment.run({ cluster: 'busy', taskDefinition: 'web', count: 3 });
    const busy = await describeOne(instances[0] ?? '', 'busy');
    const remaining = new Map(busy?.remainingResources?.map(({ name, integerValue }) => [name, integerValue]));
    expect(remaining.get('MEMORY')).toBe(512 - 3 * 32);
    expect((busy?.pendingTasksCount ?? 0) + (busy?.runningTasksCount ?? 0)).toBe(3);
    const command = new DescribeContainerInstancesCommand({ cluster: 'busy', containerInstances: [NOBODY] });
    const { failures } = await ecs.send(command);
    expect(failures).toEqual([{ arn: arn(`container-instance/busy/${NOBODY}`), reason: 'MISSING' }]);
  });
});
