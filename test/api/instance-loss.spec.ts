import {
  type ContainerInstance,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  type ECSClient,
  StartTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, startTestDeployment, type TestDeployment } from '../support/deployment';
import { brokenPromises, readJournal } from '../support/invariants';
import { TestServices } from '../support/services';

const CLUSTER = 'losses';
const POLL = { timeout: 20_000, interval: 50 };

let deployment: TestDeployment;
let ecs: ECSClient;
let services: TestServices;

beforeAll(async () => {
  deployment = await startTestDeployment({
    STOWAGE_TASK_HEALTHY_AFTER_MS: '50',
    STOWAGE_LEASE_MS: '1500',
    STOWAGE_LEASE_CHECK_MS: '50',
    STOWAGE_LOSS_GRACE_MS: '500',
    STOWAGE_PLACEMENT_RETRY_MS: '500',
  });
  ({ ecs } = deployment);
  services = new TestServices(ecs, CLUSTER);
});
afterAll(() => deployment.close());

async function described(instance: string): Promise<ContainerInstance | undefined> {
  const asked = { cluster: CLUSTER, containerInstances: [instance] };
  const { containerInstances = [] } = await ecs.send(new DescribeContainerInstancesCommand(asked));
  return containerInstances[0];
}

describe('an agent that is permanently disconnected', () => {
  it('loses its tasks, which the service replaces on other instances; after a new start it accepts tasks again', async () => {
    await deployment.fleet(CLUSTER, { instances: 2, seed: 1 });
    const leaving = await deployment.fleet(CLUSTER, { instances: 1, seed: 2 });
    const [instance = ''] = leaving.instances;
    await services.define('kept');
    await services.create('kept', { desiredCount: 3 });
    await services.steady('kept');
    const before = await services.tasks('kept');
    const [gone] = before.filter(({ containerInstanceArn }) => idOf(containerInstanceArn) === instance);
    expect(gone).toBeDefined();

    leaving.close();
    await expect.poll(async () => (await described(instance))?.agentConnected, POLL).toBe(false);
    await expect
      .poll(async () => (await described(instance))?.statusReason, POLL)
      .toBe('The container agent was disconnected for too long: the tasks of this container instance were stopped.');
    expect(await described(instance)).toMatchObject({ status: 'ACTIVE', runningTasksCount: 0, pendingTasksCount: 0 });
    const stopped = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [gone?.taskArn ?? ''] }));
    expect(stopped.tasks?.[0]).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'InfrastructureHealth',
      stoppedReason: `Host EC2 (instance ${(await described(instance))?.ec2InstanceId ?? ''}) stopped/terminated.`,
    });
    await services.steady('kept');
    const after = await services.tasks('kept');
    expect(after).toHaveLength(3);
    expect(after.filter(({ containerInstanceArn }) => idOf(containerInstanceArn) === instance)).toEqual([]);

    await deployment.fleet(CLUSTER, { instances: 1, seed: 2 });
    await expect.poll(async () => (await described(instance))?.statusReason, POLL).toBeUndefined();
    const started = { cluster: CLUSTER, containerInstances: [instance], taskDefinition: 'kept' };
    const { tasks = [], failures } = await ecs.send(new StartTaskCommand(started));
    expect(failures).toEqual([]);
    await deployment.until({ cluster: CLUSTER, tasks: tasks.map(({ taskArn = '' }) => taskArn) }, 'RUNNING');
    expect(brokenPromises(await readJournal(deployment.runtime.journal))).toEqual([]);
  });
});
