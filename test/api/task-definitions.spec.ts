import {
  CreateClusterCommand,
  type ContainerDefinition,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arn, refusalOf, startTestDeployment, type TestDeployment } from '../support/deployment';

let deployment: TestDeployment;
let ecs: ECSClient;
beforeAll(async () => {
  deployment = await startTestDeployment();
  ({ ecs } = deployment);
  await ecs.send(new CreateClusterCommand({}));
});
afterAll(() => deployment.close());

const WEB: ContainerDefinition = { name: 'web', image: 'busybox', memory: 32 };
const registering = (input: Partial<RegisterTaskDefinitionCommandInput> = {}) =>
  new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: [WEB], ...input });
const describing = (taskDefinition: string) => new DescribeTaskDefinitionCommand({ taskDefinition });

describe('RegisterTaskDefinition', () => {
  it('returns the definition as it is stored, as DescribeTaskDefinition does', async () => {
    const registered = await ecs.send(
      registering({
        family: 'kept',
        containerDefinitions: [{ ...WEB, portMappings: [{ containerPort: 80 }], command: ['sleep', '1'] }],
        cpu: '1 vCPU',
        memory: '1GB',
        requiresCompatibilities: ['EC2'],
        tags: [{ key: 'a', value: 'b' }],
      }),
    );
    expect(registered).toMatchObject({
      taskDefinition: {
        taskDefinitionArn: arn('task-definition/kept:1'),
        family: 'kept',
        revision: 1,
        status: 'ACTIVE',
        cpu: '1024',
        memory: '1024',
        volumes: [],
        placementConstraints: [],
        compatibilities: ['EXTERNAL', 'EC2'],
        requiresCompatibilities: ['EC2'],
        containerDefinitions: [
          {
            ...WEB,
            cpu: 0,
            essential: true,
            portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
            environment: [],
            mountPoints: [],
            volumesFrom: [],
            command: ['sleep', '1'],
          },
        ],
      },
      tags: [{ key: 'a', value: 'b' }],
    });
    const include = { include: ['TAGS' as const] };
    const described = await deployment.other.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'kept:1', ...include }),
    );
    expect(described.taskDefinition).toEqual(registered.taskDefinition);
    expect(described.tags).toEqual(registered.tags);
  });

  it('numbers revisions without a gap, through both gateways at once', async () => {
    const clients = [ecs, deployment.other, ecs, deployment.other, ecs, deployment.other];
    const answers = await Promise.all(clients.map((client) => client.send(registering({ family: 'numbered' }))));
    const revisions = answers.map(({ taskDefinition }) => taskDefinition?.revision ?? 0);
    expect(revisions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each<[Partial<RegisterTaskDefinitionCommandInput>, string | RegExp]>([
    [{ family: '' }, /^ClientException: Family can not be blank/],
    [{ family: 'a b' }, /^ClientException: Family contains invalid characters/],
    [{ containerDefinitions: [] }, 'ClientException: Container list cannot be empty.'],
    [
      { containerDefinitions: [{ image: 'x', memory: 8 }] },
      'ClientException: Container.name should not be null or empty.',
    ],
    [
      { containerDefinitions: [{ name: 'x', memory: 8 }] },
      'ClientException: Container.image should not be null or empty.',
    ],
    [
      { containerDefinitions: [{ name: 'x', image: 'y' }] },
      "ClientException: Invalid setting for container 'x'. At least one of 'memory' or 'memoryReservation' must be specified.",
    ],
    [
      { containerDefinitions: [{ ...WEB, essential: false }] },
      "ClientException: Task definition doesn't have any essential container.",
    ],
    [{ containerDefinitions: [WEB, WEB] }, /^ClientException: Container names must be unique/],
    [
      { containerDefinitions: [{ ...WEB, mountPoints: [{ sourceVolume: 'v', containerPath: '/x' }] }] },
      "ClientException: Unknown volume 'v'.",
    ],
    [{ containerDefinitions: [{ ...WEB, links: ['other'] }] }, /^ClientException: Invalid 'links' setting/],
    [
      { containerDefinitions: [{ ...WEB, dependsOn: [{ containerName: 'x', condition: 'START' }] }] },
      /^ClientException: Cannot depend on container/,
    ],
    [{ cpu: 'much' }, "ClientException: Invalid 'cpu' setting for task."],
    [
      { containerDefinitions: [{ ...WEB, secrets: [{ name: 'S', valueFrom: 'arn:x' }] }] },
      /^ClientException: .*secrets/,
    ],
  ])('rejects %j and leaves nothing behind', async (input, expected) => {
    const before = await deployment.runtime.journal.lastSequence();
    expect(await refusalOf(ecs.send(registering(input)))).toMatch(expected);
    expect(await deployment.runtime.journal.lastSequence()).toBe(before);
  });
});

describe('DeregisterTaskDefinition and DeleteTaskDefinitions', () => {
  it('deregister a revision, then delete it; numbering continues', async () => {
    await ecs.send(registering({ family: 'retired' }));
    const one = { taskDefinition: 'retired:1' };
    const active = await ecs.send(
      new DeleteTaskDefinitionsCommand({ taskDefinitions: ['retired:1', 'never:1', '::'] }),
    );
    expect(active.taskDefinitions).toEqual([]);
    expect(active.failures?.map(({ arn: asked, reason }) => `${asked ?? ''}: ${reason ?? ''}`)).toEqual([
      'retired:1: The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      'never:1: The specified task definition does not exist. Specify a valid account, family, revision and try again.',
      '::: The specified task definition identifier is invalid. Specify a valid name or ARN and try again.',
    ]);
    const { taskDefinition } = await ecs.send(new DeregisterTaskDefinitionCommand(one));
    expect(taskDefinition).toMatchObject({ status: 'INACTIVE', deregisteredAt: expect.any(Date) as Date });
    expect((await deployment.other.send(describing('retired:1'))).taskDefinition?.status).toBe('INACTIVE');
    expect(await refusalOf(ecs.send(describing('retired')))).toBe(
      'ClientException: Unable to describe task definition.',
    );
    expect(await refusalOf(ecs.send(new DeregisterTaskDefinitionCommand(one)))).toMatch(/^ClientException: .*inactive/);
    const deleted = await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: ['retired:1'] }));
    expect(deleted).toMatchObject({ taskDefinitions: [{ status: 'DELETE_IN_PROGRESS' }], failures: [] });
    await expect
      .poll(
        () =>
          ecs.send(describing('retired:1')).then(
            () => 'there',
            () => 'gone',
          ),
        { timeout: 5_000 },
      )
      .toBe('gone');
    expect((await ecs.send(registering({ family: 'retired' }))).taskDefinition?.revision).toBe(2);
  });

  it('are rejected for an invalid revision', async () => {
    const deregister = (taskDefinition: string): Promise<string> =>
      refusalOf(ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition })));
    expect(await deregister('web')).toBe('ClientException: Revision is missing.');
    expect(await deregister('web:x')).toBe('InvalidParameterException: Invalid revision number. Number: x');
    expect(await deregister('never:1')).toBe('ClientException: Unable to describe task definition.');
    const remove = (taskDefinitions: string[]): Promise<string> =>
      refusalOf(ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions })));
    expect(await remove([])).toMatch(/^InvalidParameterException: .*references list must be greater than 0/i);
    expect(await remove(Array.from({ length: 11 }, () => 'a:1'))).toMatch(/cannot exceed 10/);
  });
});

describe('ListTaskDefinitions and ListTaskDefinitionFamilies', () => {
  it('page through revisions and families in order', async () => {
    for (const family of ['list-b', 'list-a', 'list-a']) await ecs.send(registering({ family }));
    await ecs.send(registering({ family: 'list-old' }));
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'list-old:1' }));
    const listed = async (query: object): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const page of paginateListTaskDefinitions({ client: ecs, pageSize: 1 }, query)) {
        found.push(...(page.taskDefinitionArns ?? []));
      }
      return found.map((each) => each.split('/')[1] ?? '').filter((each) => each.startsWith('list-'));
    };
    expect(await listed({})).toEqual(['list-a:1', 'list-a:2', 'list-b:1']);
    expect(await listed({ sort: 'DESC' })).toEqual(['list-b:1', 'list-a:2', 'list-a:1']);
    expect(await listed({ familyPrefix: 'list-a' })).toEqual(['list-a:1', 'list-a:2']);
    expect(await listed({ status: 'INACTIVE' })).toEqual(['list-old:1']);
    const families = async (query: object): Promise<readonly string[]> => {
      const found: string[] = [];
      const config = { client: deployment.other, pageSize: 2 };
      for await (const page of paginateListTaskDefinitionFamilies(config, { familyPrefix: 'list-', ...query })) {
        found.push(...(page.families ?? []));
      }
      return found;
    };
    expect(await families({})).toEqual(['list-a', 'list-b', 'list-old']);
    expect(await families({ status: 'ACTIVE' })).toEqual(['list-a', 'list-b']);
    expect(await families({ status: 'INACTIVE' })).toEqual(['list-old']);
  });

  it('reject pages that are too large, and the token of another list', async () => {
    expect(await refusalOf(ecs.send(new ListTaskDefinitionsCommand({ maxResults: 101 })))).toMatch(
      /^(InvalidParameter|Client)Exception: /,
    );
    const { nextToken } = await ecs.send(new ListTaskDefinitionsCommand({ maxResults: 1 }));
    expect(await refusalOf(ecs.send(new ListTaskDefinitionFamiliesCommand({ nextToken })))).toMatch(
      /^InvalidParameterException: Invalid token/,
    );
  });
});
