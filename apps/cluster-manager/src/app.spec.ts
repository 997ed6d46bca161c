import { type DomainEvent, type Ecs, instanceId, Refusal, taskId, transactionId } from '@stowage/domain';
import type { RunningApp } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceRegistered, tasksPlaced } from '../../../libs/domain/src/testing/events';
import { type TestRuntime, testRuntime } from '../../../test/support/runtime';
import { startClusterManager } from './app';
import { ClusterManagerConfig } from './config';
import { OperationsClient, PRINCIPAL } from './testing/operations-client';

const ARN = 'arn:aws:ecs:us-east-1:123456789012';
const WEB: Ecs.ContainerDefinition = { name: 'web', image: 'busybox', memory: 32 };

describe('the cluster manager', () => {
  let runtime: TestRuntime;
  let manager: RunningApp;
  let client: OperationsClient;

  beforeAll(async () => {
    runtime = await testRuntime();
    const config = Object.assign(new ClusterManagerConfig(), {
      taskDefinitionDeletionCheckMs: 10,
      taskDefinitionDeletionDelayMs: 0,
    });
    manager = await startClusterManager(runtime, config);
    client = new OperationsClient(runtime);
  });

  afterAll(async () => {
    await manager.close();
    await runtime.close();
  });

  /** Commits events as a scheduler or an agent would. */
  const commit = async (...events: readonly DomainEvent[]): Promise<void> => {
    const at = runtime.now();
    const transaction = { id: transactionId(uuidv7()), events, expectations: [], at, actor: 'test', cause: 'test' };
    const { sequence } = await runtime.journal.commit(transaction);
    await runtime.fold.reached(sequence, 5_000);
  };

  it('creates, changes and deletes clusters', async () => {
    const { cluster } = await client.ask<{ cluster: Ecs.Cluster }>('CreateCluster', { clusterName: 'life' });
    expect(cluster).toMatchObject({
      clusterArn: `${ARN}:cluster/life`,
      clusterName: 'life',
      status: 'ACTIVE',
      settings: [{ name: 'containerInsights', value: 'disabled' }],
    });
    const settings = [{ name: 'containerInsights', value: 'enabled' }];
    await client.ask('UpdateClusterSettings', { cluster: `${ARN}:cluster/life`, settings });
    const updated = await client.ask<{ cluster: Ecs.Cluster }>('UpdateCluster', { cluster: 'life' });
    expect(updated.cluster.settings).toEqual(settings);
    const deleted = await client.ask<{ cluster: Ecs.Cluster }>('DeleteCluster', { cluster: 'life' });
    expect(deleted.cluster).toMatchObject({ clusterName: 'life', status: 'INACTIVE' });
    expect(await client.refusal('DeleteCluster', { cluster: 'life' })).toEqual(
      new Refusal('ClusterNotFoundException', 'The referenced cluster was inactive.'),
    );
  });

  it('rejects identifiers of other regions and accounts, and leaves nothing behind', async () => {
    const before = await runtime.journal.lastSequence();
    const elsewhere = 'arn:aws:ecs:eu-west-1:123456789012:cluster/life';
    expect((await client.refusal('DeleteCluster', { cluster: elsewhere })).code).toBe('InvalidParameterException');
    expect(await runtime.journal.lastSequence()).toBe(before);
  });

  it('answers a write with the times that the journal stores', async () => {
    const { taskDefinition } = await client.ask<Ecs.RegisterTaskDefinitionResponse>('RegisterTaskDefinition', {
      family: 'timed',
      containerDefinitions: [WEB],
    });
    await runtime.fold.catchUp(5_000);
    const folded = runtime.fold.state.taskDefinition({ family: 'timed', revision: 1 });
    expect(taskDefinition?.registeredAt).toBe((folded?.registeredAt ?? 0) / 1000);
    expect(taskDefinition).toMatchObject({
      taskDefinitionArn: `${ARN}:task-definition/timed:1`,
      revision: 1,
      status: 'ACTIVE',
      registeredBy: PRINCIPAL,
    });
  });

  describe('with a container instance', () => {
    const input = {
      cluster: 'host',
      instanceIdentityDocument: '',
      instanceIdentityDocumentSignature: '',
      totalResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: 2048 },
        { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
      ],
      attributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.24' }, { name: 'rack', value: '7' }],
      clientToken: 'once',
    };
    const register = async (rest: object = {}): Promise<Ecs.ContainerInstance> => {
      const output = await client.ask<Ecs.RegisterContainerInstanceResponse>('RegisterContainerInstance', {
        ...input,
        ...rest,
      });
      return output.containerInstance ?? {};
    };

    it('registers it once per client token, even when both requests come at the same time', async () => {
      expect((await client.refusal('RegisterContainerInstance', input)).code).toBe('ClusterNotFoundException');
      await client.ask('CreateCluster', { clusterName: 'host' });
      const [one, two] = await Promise.all([register(), register()]);
      expect(one.containerInstanceArn).toMatch(/:container-instance\/host\/[0-9a-f]{32}$/);
      expect(two.containerInstanceArn).toBe(one.containerInstanceArn);
      expect((await register()).containerInstanceArn).toBe(one.containerInstanceArn);
      expect(one).toMatchObject({ status: 'ACTIVE', agentConnected: false, version: 1 });
      expect(one.ec2InstanceId).toMatch(/^i-[0-9a-f]{17}$/);
      for (const attribute of input.attributes) expect(one.attributes).toContainEqual(attribute);
    });

    it('changes its attributes, its state and its tags', async () => {
      const { containerInstanceArn: targetId = '' } = await register();
      const put = await client.ask<Ecs.PutAttributesResponse>('PutAttributes', {
        cluster: 'host',
        attributes: [{ name: 'stack', value: 'blue', targetId }],
      });
      expect(put.attributes).toEqual([{ name: 'stack', value: 'blue', targetType: 'container-instance', targetId }]);
      const unknown = { name: 'stack', targetId: '0'.repeat(32) };
      expect((await client.refusal('PutAttributes', { cluster: 'host', attributes: [unknown] })).code).toBe(
        'TargetNotFoundException',
      );
      await client.ask('DeleteAttributes', { cluster: 'host', attributes: [{ name: 'rack', targetId }] });
      await client.ask('TagResource', { resourceArn: targetId, tags: [{ key: 'team', value: 'web' }] });
      const drained = await client.ask<Ecs.UpdateContainerInstancesStateResponse>('UpdateContainerInstancesState', {
        cluster: 'host',
        containerInstances: [targetId, '0'.repeat(32)],
        status: 'DRAINING',
      });
      expect(drained.failures).toEqual([
        { arn: `${ARN}:container-instance/host/${'0'.repeat(32)}`, reason: 'MISSING' },
      ]);
      const [instance] = drained.containerInstances ?? [];
      expect(instance).toMatchObject({ status: 'DRAINING', version: 5, tags: [{ key: 'team', value: 'web' }] });
      const names = instance?.attributes?.map(({ name }) => name);
      expect(names).toContain('stack');
      expect(names).not.toContain('rack');
      const update = { cluster: 'host', containerInstance: targetId };
      expect((await client.refusal('UpdateContainerAgent', update)).code).toBe('NoUpdateAvailableException');
    });

    it('stops its tasks, and marks them STOPPED when it is deregistered by force', async () => {
      const { containerInstanceArn = '' } = await register();
      const instance = containerInstanceArn.split('/')[2] ?? '';
      const [one, two] = ['a'.repeat(32), 'b'.repeat(32)];
      await commit(tasksPlaced('host', instance, [one, two]));
      const { task } = await client.ask<Ecs.StopTaskResponse>('StopTask', {
        cluster: 'host',
        task: one,
        reason: 'old',
      });
      expect(task).toMatchObject({
        taskArn: `${ARN}:task/host/${one}`,
        desiredStatus: 'STOPPED',
        lastStatus: 'PENDING',
        stopCode: 'UserInitiated',
        stoppedReason: 'old',
      });
      const target = { cluster: 'host', containerInstance: containerInstanceArn };
      expect(await client.refusal('DeregisterContainerInstance', target)).toEqual(
        new Refusal('InvalidParameterException', 'Found running tasks on the instance.'),
      );
      expect((await client.refusal('DeleteCluster', { cluster: 'host' })).code).toBe(
        'ClusterContainsContainerInstancesException',
      );
      const gone = await client.ask<Ecs.DeregisterContainerInstanceResponse>('DeregisterContainerInstance', {
        ...target,
        force: true,
      });
      expect(gone.containerInstance).toMatchObject({ status: 'INACTIVE', pendingTasksCount: 0 });
      expect(await client.refusal('StopTask', { cluster: 'host', task: two })).toEqual(
        new Refusal('InvalidParameterException', 'The referenced task was not found.'),
      );
      await client.ask('DeleteCluster', { cluster: 'host' });
    });
  });

  it('deletes a revision when the last task that refers to it has stopped', async () => {
    const instance = 'c'.repeat(32);
    await client.ask('CreateCluster', { clusterName: 'old' });
    await client.ask('RegisterTaskDefinition', { family: 'web', containerDefinitions: [WEB] });
    await client.ask('RegisterTaskDefinition', { family: 'unused', containerDefinitions: [WEB] });
    await commit(instanceRegistered('old', instance), tasksPlaced('old', instance, ['d'.repeat(32)]));
    const taskDefinition = `${ARN}:task-definition/web:1`;
    const early = await client.ask<Ecs.DeleteTaskDefinitionsResponse>('DeleteTaskDefinitions', {
      taskDefinitions: [taskDefinition, 'web'],
    });
    expect(early).toEqual({
      taskDefinitions: [],
      failures: [
        {
          arn: taskDefinition,
          reason:
            'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
        },
        {
          arn: 'web',
          reason: 'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.',
        },
      ],
    });
    await client.ask('DeregisterTaskDefinition', { taskDefinition });
    await client.ask('DeregisterTaskDefinition', { taskDefinition: 'unused:1' });
    const asked = await client.ask<Ecs.DeleteTaskDefinitionsResponse>('DeleteTaskDefinitions', {
      taskDefinitions: ['web:1', 'unused:1'],
    });
    expect(asked.taskDefinitions?.[0]).toMatchObject({ status: 'DELETE_IN_PROGRESS' });
    // The pass that deletes the other revision leaves this one, which the task uses.
    await expect.poll(() => runtime.fold.state.taskDefinition({ family: 'unused', revision: 1 })).toBeUndefined();
    expect(runtime.fold.state.taskDefinition({ family: 'web', revision: 1 })).toBeDefined();
    const { cluster } = tasksPlaced('old', instance, []);
    const task = taskId('d'.repeat(32));
    await commit({
      type: 'TaskStopped',
      version: 1,
      cluster,
      instance: instanceId(instance),
      task,
      containers: [],
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    await expect.poll(() => runtime.fold.state.taskDefinition({ family: 'web', revision: 1 })).toBeUndefined();
    const next = await client.ask<Ecs.RegisterTaskDefinitionResponse>('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: [WEB],
    });
    expect(next.taskDefinition?.revision).toBe(2);
  });
});
