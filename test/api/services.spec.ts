import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  type ECSClient,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  paginateListServices,
  RegisterTaskDefinitionCommand,
  type Service,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesInactive,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arn, refusalOf, startTestDeployment, type TestDeployment, WAIT } from '../support/deployment';

const CLUSTER = 'services';

let deployment: TestDeployment;
let ecs: ECSClient;

beforeAll(async () => {
  deployment = await startTestDeployment({ STOWAGE_TASK_HEALTHY_AFTER_MS: '50' });
  ({ ecs } = deployment);
  await deployment.fleet(CLUSTER, { instances: 2, cpu: 1_024, memory: 2_048 });
  for (const family of ['web', 'web', 'other']) {
    const container = { name: 'web', image: 'busybox', memory: 32, cpu: 10 };
    await ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions: [container] }));
  }
});
afterAll(() => deployment.close());

const create = async (serviceName: string, input: Partial<CreateServiceCommandInput> = {}): Promise<Service> => {
  const asked = { cluster: CLUSTER, serviceName, taskDefinition: 'web:1', desiredCount: 1, ...input };
  const { service } = await ecs.send(new CreateServiceCommand(asked));
  return service!;
};
const update = async (service: string, input: Partial<UpdateServiceCommandInput>): Promise<Service> =>
  (await ecs.send(new UpdateServiceCommand({ cluster: CLUSTER, service, ...input }))).service!;
const remove = async (service: string, force = true): Promise<Service> =>
  (await ecs.send(new DeleteServiceCommand({ cluster: CLUSTER, service, force }))).service!;
const describeOne = async (service: string, include: 'TAGS'[] = []): Promise<Service> => {
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster: CLUSTER, services: [service], include }),
  );
  return services[0]!;
};
const stable = (...services: string[]) =>
  waitUntilServicesStable({ client: ecs, ...WAIT }, { cluster: CLUSTER, services });
const inactive = (...services: string[]) =>
  waitUntilServicesInactive({ client: ecs, ...WAIT }, { cluster: CLUSTER, services });

describe('CreateService', () => {
  it('returns the service as ECS does, and keeps its count', async () => {
    const created = await create('first', { desiredCount: 2, tags: [{ key: 'of', value: 'service' }] });
    expect(created).toMatchObject({
      serviceArn: arn(`service/${CLUSTER}/first`),
      clusterArn: arn(`cluster/${CLUSTER}`),
      status: 'ACTIVE',
      desiredCount: 2,
      runningCount: 0,
      pendingCount: 0,
      launchType: 'EC2',
      taskDefinition: arn('task-definition/web:1'),
      deploymentConfiguration: {
        maximumPercent: 200,
        minimumHealthyPercent: 100,
        deploymentCircuitBreaker: { enable: false, rollback: false },
        strategy: 'ROLLING',
        bakeTimeInMinutes: 0,
      },
      deployments: [{ status: 'PRIMARY', desiredCount: 2, rolloutState: 'IN_PROGRESS', failedTasks: 0 }],
      events: [],
      loadBalancers: [],
      serviceRegistries: [],
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      propagateTags: 'NONE',
      enableECSManagedTags: false,
      availabilityZoneRebalancing: 'ENABLED',
      tags: [{ key: 'of', value: 'service' }],
      createdBy: arn('').replace(':ecs:us-east-1:', ':iam::') + 'user/admin',
    });
    expect(created.deployments?.[0]?.id).toMatch(/^ecs-svc\/\d{19}$/);
    await stable('first');
    const steady = await describeOne('first');
    expect(steady).toMatchObject({ runningCount: 2, pendingCount: 0, tags: [] });
    expect(await describeOne('first', ['TAGS'])).toMatchObject({ tags: [{ key: 'of', value: 'service' }] });
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: CLUSTER, serviceName: 'first' }));
    expect(taskArns).toHaveLength(2);
    const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: [CLUSTER] }));
    expect(clusters?.[0]?.activeServicesCount).toBe(1);
    expect(await refusalOf(ecs.send(new DeleteClusterCommand({ cluster: CLUSTER })))).toMatch(/^ClusterContains/);
  });

  it('is idempotent: the same request returns the same service, another one is rejected', async () => {
    const [one, other] = await Promise.all([
      create('again', { desiredCount: 0 }),
      create('again', { desiredCount: 0 }),
    ]);
    expect(other.deployments?.[0]?.id).toBe(one.deployments?.[0]?.id);
    const words = 'InvalidParameterException: Creation of service was not idempotent.';
    expect(await refusalOf(create('again', { desiredCount: 1 }))).toBe(words);
    expect(await refusalOf(create('again', { desiredCount: 0, taskDefinition: 'web:2' }))).toBe(words);
  });

  it.each<[string, Partial<CreateServiceCommandInput>, string | RegExp]>([
    ['unknown cluster', { cluster: 'nowhere' }, 'ClusterNotFoundException: Cluster not found.'],
    ['unknown definition', { taskDefinition: 'nothing' }, 'ClientException: TaskDefinition not found.'],
    ['no definition', { taskDefinition: undefined }, 'InvalidParameterException: TaskDefinition can not be blank.'],
    ['no count', { desiredCount: undefined }, /^InvalidParameterException: The desired count is required/],
    ['a negative count', { desiredCount: -1 }, /^InvalidParameterException: desiredCount/],
    ['an invalid name', { serviceName: 'a b' }, /^InvalidParameterException: Service name contains/],
    [
      'a grace period without a load balancer',
      { healthCheckGracePeriodSeconds: 5 },
      'InvalidParameterException: Health check grace period is only valid for services configured to use load balancers',
    ],
    [
      'a count for DAEMON',
      { schedulingStrategy: 'DAEMON' },
      'InvalidParameterException: The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
    ],
    [
      'placement strategies for DAEMON',
      { schedulingStrategy: 'DAEMON', desiredCount: undefined, placementStrategy: [{ type: 'random' }] },
      'InvalidParameterException: The daemon scheduling strategy does not support placement strategies. Remove the placement strategies and try again',
    ],
    [
      'more than 100 percent for DAEMON',
      { schedulingStrategy: 'DAEMON', desiredCount: undefined, deploymentConfiguration: { maximumPercent: 101 } },
      /^InvalidParameterException: The daemon scheduling strategy does not support values above 100 for maximumPercent/,
    ],
    [
      'percentages that block deployments',
      { deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 } },
      'InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments',
    ],
    [
      'a minimum above 100 percent',
      { deploymentConfiguration: { minimumHealthyPercent: 101 } },
      'InvalidParameterException: minimumHealthyPercent must be at most 100',
    ],
    [
      'a platform version',
      { platformVersion: 'LATEST' },
      'InvalidParameterException: The platform version must be null when specifying an EC2 launch type',
    ],
    [
      'a role without a load balancer',
      { role: 'ecsServiceRole' },
      'InvalidParameterException: IAM roles are only valid for services configured to use load balancers',
    ],
    ['a reserved tag', { tags: [{ key: 'aws:x', value: 'y' }] }, /^InvalidParameterException/],
    ['blue/green', { deploymentConfiguration: { strategy: 'BLUE_GREEN' } }, /^UnsupportedFeature.*BLUE_GREEN/],
    ['task sets', { deploymentController: { type: 'EXTERNAL' } }, /^UnsupportedFeature.*EXTERNAL/],
    ['service discovery', { serviceRegistries: [{ registryArn: 'a' }] }, /^UnsupportedFeature.*serviceRegistries/],
    [
      'Service Connect',
      { serviceConnectConfiguration: { enabled: true } },
      /^UnsupportedFeature.*serviceConnectConfiguration/,
    ],
    [
      'deployment alarms',
      { deploymentConfiguration: { alarms: { alarmNames: ['a'], enable: true, rollback: true } } },
      /^UnsupportedFeature.*alarms/,
    ],
    [
      'capacity providers',
      { capacityProviderStrategy: [{ capacityProvider: 'a' }] },
      /^UnsupportedFeature.*capacityProviderStrategy/,
    ],
    ['ExecuteCommand', { enableExecuteCommand: true }, /^UnsupportedFeature.*enableExecuteCommand/],
  ])('rejects %s', async (_what, input, expected) => {
    expect(await refusalOf(create('refused', input))).toMatch(expected);
  });
});

describe('UpdateService', () => {
  beforeAll(async () => {
    await create('updated');
    await stable('updated');
  });

  it('scales without a deployment', async () => {
    const before = await describeOne('updated');
    const scaled = await update('updated', { desiredCount: 3 });
    expect(scaled).toMatchObject({ desiredCount: 3, deployments: [{ id: before.deployments?.[0]?.id }] });
    await stable('updated');
    await update('updated', { desiredCount: 1 });
    await stable('updated');
    expect(await describeOne('updated')).toMatchObject({ runningCount: 1, deployments: { length: 1 } });
  });

  it('deploys another task definition, and does nothing if it is the same', async () => {
    const before = await describeOne('updated');
    const same = await update('updated', { taskDefinition: 'web:1' });
    expect(same.deployments).toHaveLength(1);
    const begun = await update('updated', { taskDefinition: 'web' });
    expect(begun).toMatchObject({
      taskDefinition: arn('task-definition/web:2'),
      deployments: [
        { status: 'PRIMARY', desiredCount: 1, runningCount: 0, rolloutState: 'IN_PROGRESS' },
        { status: 'ACTIVE', id: before.deployments?.[0]?.id, desiredCount: 1, runningCount: 1 },
      ],
    });
    await stable('updated');
    const after = await describeOne('updated');
    expect(after.deployments).toMatchObject([{ id: begun.deployments?.[0]?.id, rolloutState: 'COMPLETED' }]);
  });

  it('changes the given settings, and keeps the others', async () => {
    const changed = await update('updated', {
      deploymentConfiguration: { maximumPercent: 150 },
      propagateTags: 'SERVICE',
      enableECSManagedTags: true,
    });
    expect(changed).toMatchObject({
      deploymentConfiguration: { maximumPercent: 150, minimumHealthyPercent: 100 },
      propagateTags: 'SERVICE',
      enableECSManagedTags: true,
      deployments: { length: 1 },
    });
  });

  it.each<[string, string, Partial<UpdateServiceCommandInput>, string | RegExp]>([
    ['an unknown service', 'nobody', {}, 'ServiceNotFoundException: Service not found.'],
    ['an unknown cluster', 'updated', { cluster: 'nowhere' }, 'ClusterNotFoundException: Cluster not found.'],
    ['an unknown definition', 'updated', { taskDefinition: 'no' }, 'ClientException: TaskDefinition not found.'],
    ['a service registry', 'updated', { serviceRegistries: [{ registryArn: 'a' }] }, /^UnsupportedFeatureException/],
    [
      'another cluster in its ARN',
      arn('service/elsewhere/updated'),
      {},
      `InvalidParameterException: Invalid identifier: Identifier is for elsewhere. Your cluster is ${CLUSTER}`,
    ],
  ])('rejects %s', async (_what, service, input, expected) => {
    expect(await refusalOf(update(service, input))).toMatch(expected);
  });
});

describe('DeleteService', () => {
  it('drains first, and the name is free when the last task has stopped', async () => {
    await create('going', { desiredCount: 2 });
    await stable('going');
    expect(await refusalOf(remove('going', false))).toBe(
      'InvalidParameterException: The service cannot be stopped while it is scaled above 0.',
    );
    const deleted = await remove('going');
    const lasting = {
      taskDefinition: arn('task-definition/web:1'),
      launchType: 'EC2',
      loadBalancers: [],
      deployments: [{ status: 'PRIMARY', taskDefinition: arn('task-definition/web:1'), desiredCount: 0 }],
    };
    expect(deleted).toMatchObject({ status: 'DRAINING', desiredCount: 0, ...lasting });
    const { serviceArns } = await ecs.send(new ListServicesCommand({ cluster: CLUSTER, maxResults: 100 }));
    expect(serviceArns).not.toContain(arn(`service/${CLUSTER}/going`));
    await inactive('going');
    expect(await describeOne('going')).toMatchObject({ status: 'INACTIVE', runningCount: 0, ...lasting });
    expect(await refusalOf(update('going', { desiredCount: 1 }))).toBe(
      'ServiceNotActiveException: Service was not ACTIVE.',
    );
    expect(await create('going', { desiredCount: 0 })).toMatchObject({ status: 'ACTIVE', events: [] });
  });

  it('deletes a service without tasks at once, and rejects a missing one', async () => {
    await create('empty', { desiredCount: 0 });
    expect(await remove('empty', false)).toMatchObject({ status: 'INACTIVE' });
    expect(await refusalOf(remove('nobody'))).toBe('ServiceNotFoundException: Service not found.');
  });
});

describe('DescribeServices and ListServices', () => {
  it('return missing services as failures with the identifier of the request', async () => {
    const services = ['first', 'nobody', arn(`service/${CLUSTER}/no-one`)];
    const found = await ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services }));
    expect(found.services?.map(({ serviceName }) => serviceName)).toEqual(['first']);
    expect(found.failures).toEqual([
      { arn: arn('service/nobody'), reason: 'MISSING' },
      { arn: arn(`service/${CLUSTER}/no-one`), reason: 'MISSING' },
    ]);
  });

  it('reject none and more than ten', async () => {
    const describing = (services: string[]) =>
      refusalOf(ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services })));
    expect(await describing([])).toBe('InvalidParameterException: Services cannot be empty.');
    expect(await describing(Array.from({ length: 11 }, (_, at) => `s${String(at)}`))).toMatch(
      /^InvalidParameterException/,
    );
    expect(await refusalOf(ecs.send(new ListServicesCommand({ cluster: 'nowhere' })))).toBe(
      'ClusterNotFoundException: Cluster not found.',
    );
  });

  it('list ten at a time, and by launch type and strategy', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `page-${String(at).padStart(2, '0')}`);
    await Promise.all(names.map((name) => create(name, { desiredCount: 0 })));
    const pages: number[] = [];
    const listed: string[] = [];
    for await (const { serviceArns = [] } of paginateListServices({ client: ecs }, { cluster: CLUSTER })) {
      pages.push(serviceArns.length);
      listed.push(...serviceArns);
    }
    expect(pages[0]).toBe(10);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(names.map((name) => arn(`service/${CLUSTER}/${name}`))));
    const filtered = async (input: object): Promise<number> =>
      (await ecs.send(new ListServicesCommand({ cluster: CLUSTER, maxResults: 100, ...input }))).serviceArns!.length;
    expect(await filtered({ launchType: 'EC2', schedulingStrategy: 'REPLICA' })).toBe(listed.length);
    expect(await filtered({ schedulingStrategy: 'DAEMON' })).toBe(0);
    expect(await filtered({ launchType: 'EXTERNAL' })).toBe(0);
    expect(await filtered({ resourceManagementType: 'ECS' })).toBe(0);
  });
});

describe('tags of a service', () => {
  it('are set, removed and listed', async () => {
    await create('tagged', { desiredCount: 0, tags: [{ key: 'a', value: '1' }] });
    const resourceArn = arn(`service/${CLUSTER}/tagged`);
    await ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '2' }] }));
    await ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
    const { tags } = await ecs.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ key: 'b', value: '2' }]);
    expect((await describeOne('tagged', ['TAGS'])).tags).toEqual(tags);
    const nobody = new ListTagsForResourceCommand({ resourceArn: arn(`service/${CLUSTER}/nobody`) });
    expect(await refusalOf(ecs.send(nobody))).toBe('ServiceNotFoundException: Service not found.');
  });
});
