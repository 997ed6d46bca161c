import type { Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { TestStowage } from '../support/stowage';
import { busyboxImage, describeAll, docker, runOne } from '../support/tasks';
import { until } from '../support/waits';

let stowage: TestStowage;
let task: Task;

beforeAll(async () => {
  await busyboxImage();
  stowage = await TestStowage.at();
  await stowage.start();
  [task] = (await runOne(stowage.ecs(), 'survivor', { command: ['sleep', '600'] })) as [Task];
});

afterAll(() => stowage.reset());

const pids = (): ReadonlyMap<string, number> => new Map(ownProcesses(stowage.data).map(({ name, pid }) => [name, pid]));

/** Expects that the container from before still runs and that Stowage reports it. */
async function expectAdopted(): Promise<void> {
  const id = task.containers?.[0]?.runtimeId ?? 'unknown';
  expect(docker('inspect', '--format', '{{.State.Running}} {{.RestartCount}}', id)).toBe('true 0');
  const [now] = await describeAll(stowage.ecs(), [task.taskArn ?? '']);
  expect(now).toMatchObject({ lastStatus: 'RUNNING', containers: [{ runtimeId: id }] });
}

describe('SIGKILL', () => {
  it.each(['nats', 'postgres', 'control-plane', 'agent-1'])(
    'of %s: it is started again, and tasks continue',
    async (name) => {
      const before = pids().get(name) ?? 0;
      process.kill(before, 'SIGKILL');
      await until('the process id has changed', () => (pids().get(name) ?? before) !== before);
      await expect
        .poll(() => describeAll(stowage.ecs(), [task.taskArn ?? '']).catch(() => []), { timeout: 30_000 })
        .toHaveLength(1);
      await expectAdopted();
    },
  );

  it('of the supervisor alone: the next start ends the remaining processes, and adopts the containers', async () => {
    const left = [...pids().values()];
    await stowage.end('SIGKILL');
    expect(left.every(isRunning)).toBe(true);
    await stowage.start();
    expect(left.some(isRunning)).toBe(false);
    expect([...pids().keys()].sort()).toEqual(['agent-1', 'control-plane', 'nats', 'postgres']);
    await expectAdopted();
  });

  it('of all processes at once: the next start finds everything again', async () => {
    for (const pid of [stowage.pid, ...pids().values()]) process.kill(pid, 'SIGKILL');
    await stowage.ended();
    await stowage.start();
    await expectAdopted();
  });
});

describe('SIGTERM', () => {
  it('ends every process and leaves the containers running', async () => {
    expect((await stowage.end('SIGTERM')).code).toBe(0);
    expect(pids().size).toBe(0);
    await stowage.start();
    await expectAdopted();
  });
});
