import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import {
  type ContainerDefinition,
  DescribeTasksCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type Task,
  waitUntilTasksRunning,
} from '@aws-sdk/client-ecs';
import { buildImage, imageName } from '../../apps/stowage/src/demo/images';

const ROOT = resolve(__dirname, '../..');
const WAIT = { minDelay: 1, maxDelay: 1, maxWaitTime: 30 };

/** An image with a shell, from the busybox that `npm test` installs. It is built once and stays in Docker. */
export async function busyboxImage(): Promise<string> {
  await buildImage('busybox', resolve(ROOT, 'apps/stowage/demo'), resolve(ROOT, '.stowage/bin/busybox'));
  return imageName('busybox');
}

/** Registers a definition with one container and runs it until it is RUNNING. */
export async function runOne(
  ecs: ECSClient,
  family: string,
  container: Partial<ContainerDefinition>,
  count = 1,
): Promise<readonly Task[]> {
  const main = { name: 'main', image: imageName('busybox'), memory: 16, ...container };
  await ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions: [main] }));
  const { tasks = [], failures } = await ecs.send(new RunTaskCommand({ taskDefinition: family, count }));
  if (tasks.length < count) throw new Error(`Not placed: ${JSON.stringify(failures)}`);
  const arns = tasks.map(({ taskArn = '' }) => taskArn);
  await waitUntilTasksRunning({ client: ecs, ...WAIT }, { tasks: arns });
  return describeAll(ecs, arns);
}

export async function describeAll(ecs: ECSClient, arns: readonly string[]): Promise<readonly Task[]> {
  return (await ecs.send(new DescribeTasksCommand({ tasks: [...arns] }))).tasks ?? [];
}

/** Returns the trimmed output of a docker command. */
export function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Ids of the containers with this label, running or not. */
export function containersWith(label: string): readonly string[] {
  return docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`)
    .split('\n')
    .filter((id) => id !== '');
}
