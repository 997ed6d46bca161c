import { clusterName, type Ecs } from '@stowage/domain';
import type { RunningApp, Runtime } from '@stowage/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../test/support/runtime';
import { startClusterManager } from './app';
import { ClusterManagerConfig } from './config';
import { OperationsClient } from './testing/operations-client';

const WEB: Ecs.ContainerDefinition = { name: 'web', image: 'busybox', memory: 32 };

/** NATS distributes the requests over both managers, each of which has its own fold. */
describe('two cluster managers', () => {
  let runtime: TestRuntime;
  let other: Runtime;
  let managers: readonly RunningApp[];
  let client: OperationsClient;

  beforeAll(async () => {
    runtime = await testRuntime();
    other = await runtime.another('second-manager');
    const config = new ClusterManagerConfig();
    managers = await Promise.all([startClusterManager(runtime, config), startClusterManager(other, config)]);
    client = new OperationsClient(runtime);
  });

  afterAll(async () => {
    await Promise.all(managers.map((manager) => manager.close()));
    await runtime.close();
  });

  it('never give two registrations the same revision', async () => {
    const count = 60;
    const outputs = await Promise.all(
      Array.from({ length: count }, (_, at) =>
        client.ask<Ecs.RegisterTaskDefinitionResponse>('RegisterTaskDefinition', {
          family: 'hot',
          containerDefinitions: [{ ...WEB, command: [String(at)] }],
        }),
      ),
    );
    const revisions = outputs.map(({ taskDefinition }) => taskDefinition?.revision ?? 0).sort((a, b) => a - b);
    expect(revisions).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    // Each answer has the definition that is stored under its revision.
    await other.fold.catchUp(5_000);
    for (const { taskDefinition } of outputs) {
      const ref = { family: 'hot', revision: taskDefinition?.revision ?? 0 };
      const [stored] = other.fold.state.taskDefinition(ref)?.definition.containerDefinitions ?? [];
      expect(stored?.command).toEqual(taskDefinition?.containerDefinitions?.[0]?.command);
    }
  });

  it('create a cluster once, whichever of them gets the request', async () => {
    const create = (): Promise<{ cluster: Ecs.Cluster }> => client.ask('CreateCluster', { clusterName: 'once' });
    const before = await runtime.journal.lastSequence();
    const outputs = await Promise.all(Array.from({ length: 20 }, create));
    expect(new Set(outputs.map(({ cluster }) => cluster.clusterArn)).size).toBe(1);
    expect(await runtime.journal.lastSequence()).toBe(before + 1);
  });

  it('never leave an instance in a cluster that was deleted in the meantime', async () => {
    for (let round = 0; round < 20; round += 1) {
      const cluster = `race-${round}`;
      await client.ask('CreateCluster', { clusterName: cluster });
      const [deleted, registered] = await Promise.all([
        client.reply('DeleteCluster', { cluster }),
        client.reply('RegisterContainerInstance', { cluster, totalResources: [] }),
      ]);
      expect([deleted.ok, registered.ok].filter(Boolean)).toHaveLength(1);
      await runtime.fold.catchUp(5_000);
      const state = runtime.fold.state.clusters.get(clusterName(cluster));
      expect(state).toMatchObject(
        deleted.ok
          ? { status: 'INACTIVE', registeredContainerInstancesCount: 0 }
          : { status: 'ACTIVE', registeredContainerInstancesCount: 1 },
      );
    }
  });

  it('register an agent once, if it sends its request to both', async () => {
    await client.ask('CreateCluster', { clusterName: 'tokens' });
    const register = (clientToken: string): Promise<Ecs.RegisterContainerInstanceResponse> =>
      client.ask('RegisterContainerInstance', { cluster: 'tokens', totalResources: [], clientToken });
    for (let round = 0; round < 10; round += 1) {
      const outputs = await Promise.all(Array.from({ length: 4 }, () => register(`token-${round}`)));
      const arns = outputs.map(({ containerInstance }) => containerInstance?.containerInstanceArn);
      expect(new Set(arns).size).toBe(1);
    }
    await runtime.fold.catchUp(5_000);
    expect(runtime.fold.state.instancesOf(clusterName('tokens')).size).toBe(10);
  });

  it('return what was just written through the other one', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = `fresh-${round}`;
      await client.ask('CreateCluster', { clusterName: name });
      await client.ask('DeleteCluster', { cluster: name });
    }
  });
});
