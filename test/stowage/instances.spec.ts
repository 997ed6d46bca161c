import {
  DescribeContainerInstancesCommand,
  ListContainerInstancesCommand,
  type ContainerInstance,
  type ECSClient,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestStowage } from '../support/stowage';
import { busyboxImage, runOne } from '../support/tasks';

let stowage: TestStowage;
let ecs: ECSClient;
let instances: readonly ContainerInstance[];

beforeAll(async () => {
  await busyboxImage();
  stowage = await TestStowage.at('--instances', '3');
  await stowage.start();
  ecs = stowage.ecs();
  const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({}));
  const described = await ecs.send(
    new DescribeContainerInstancesCommand({ containerInstances: containerInstanceArns }),
  );
  instances = described.containerInstances ?? [];
});

afterAll(() => stowage.reset());

const registered = (instance: ContainerInstance, name: string): number =>
  instance.registeredResources?.find((resource) => resource.name === name)?.integerValue ?? NaN;

describe('several container instances on one Docker', () => {
  it('are all connected when the start is ready, one in each zone', () => {
    const zones = instances.map(({ attributes }) => attributes?.find(({ name }) => name === 'ecs.availability-zone'));
    expect(instances.map(({ agentConnected, status }) => `${String(agentConnected)} ${status ?? ''}`)).toEqual(
      Array.from({ length: 3 }, () => 'true ACTIVE'),
    );
    expect(zones.map((zone) => zone?.value).sort()).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
  });

  it('share the machine in equal parts', () => {
    expect(new Set(instances.map((instance) => registered(instance, 'CPU'))).size).toBe(1);
    expect(new Set(instances.map((instance) => registered(instance, 'MEMORY'))).size).toBe(1);
  });

  it('publish the same host port, each on its own address', async () => {
    const tasks = await runOne(
      ecs,
      'same-port',
      {
        command: ['sh', '-c', 'while true; do hostname | nc -l -p 80; done'],
        portMappings: [{ containerPort: 80, hostPort: 28_080 }],
      },
      3,
    );
    const bindings = tasks.flatMap(({ containers }) => containers?.[0]?.networkBindings ?? []);
    expect(bindings.map(({ bindIP }) => bindIP).sort()).toEqual(['127.0.1.1', '127.0.1.2', '127.0.1.3']);
    expect(bindings.map(({ hostPort }) => hostPort)).toEqual([28_080, 28_080, 28_080]);
  });
});
