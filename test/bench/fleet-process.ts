import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateClusterCommand, DescribeClustersCommand, type ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import type { TestStowage } from '../support/stowage';

/** Runs `npm run fleet` with a Stowage, in a new cluster. Resolves when all instances can take tasks. */
export async function startFleetProcess(
  { ecs, stowage }: { readonly ecs: ECSClient; readonly stowage: TestStowage },
  instances: number,
  cluster: string,
): Promise<ChildProcess> {
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  const main = join(__dirname, '../../dist/apps/fleet/src/main.js');
  const options = { data: stowage.data, cluster, instances, 'start-ms': '1..50' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const fleet = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(fleet, 'exit').then(() => {
    throw new Error('The fleet ended.');
  });
  ended.catch(() => undefined);
  await Promise.race([ended, untilRegistered(ecs, instances, cluster)]);
  return fleet;
}

async function untilRegistered(ecs: ECSClient, instances: number, cluster: string): Promise<void> {
  for (;;) {
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    if (clusters[0]?.registeredContainerInstancesCount === instances) break;
    await delay(100);
  }
  // A registered instance gets tasks only after it is connected.
  await delay(1_000);
  await ecs.send(new ListTasksCommand({ cluster }));
}
