import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskId } from '@stowage/domain';
import { TestAgent } from '../../../../../test/support/test-agent';

const WAIT_MS = 1_500;
let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start({ config: { agentTaskCleanupWaitMs: WAIT_MS } });
});
afterAll(() => agent.destroy());

const whole = () => ({
  ...agent.definition({
    command: ['sh', '-c', 'echo kept'],
    mountPoints: [{ sourceVolume: 'scratch', containerPath: '/s' }],
  }),
  volumes: [{ name: 'scratch' }],
  memory: '64',
  ipcMode: 'task' as const,
});

describe('a stopped task', () => {
  it('keeps its containers, logs and volumes for the configured time, and then nothing is left', async () => {
    const report = await agent.runUntilStopped(whole());
    const { task } = report;
    expect(await agent.output(task)).toBe('kept');
    expect(await agent.volumes()).toHaveLength(1);
    await expect.poll(() => agent.containers(task), { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => agent.volumes()).toEqual([]);
    await expect.poll(() => readdirSync(join(agent.config.agentDataDir, 'state', 'tasks'))).toEqual([]);
    expect(existsSync(`/sys/fs/cgroup/memory/stowage/${task}`)).toBe(false);
    expect(await agent.output(task)).toBe('The instance has no such task, or has cleaned it up.');
  });

  it('is not cleaned up before the control plane has acknowledged its stop', async () => {
    const task = await agent.runUntilRunning(agent.definition());
    agent.controlPlane.unacknowledged.add(task);
    const [container] = await agent.containers(task);
    await agent.docker.getContainer(container?.Id ?? '').kill();
    // A task that stops later, and whose stop is acknowledged, is cleaned up first.
    const later = await agent.runUntilStopped(agent.definition({ command: ['true'] }));
    await expect.poll(() => agent.containers(later.task), { timeout: 10_000 }).toEqual([]);
    expect(await agent.containers(task)).toHaveLength(1);
    agent.controlPlane.unacknowledged.clear();
    await agent.status(task, 'STOPPED');
    await expect.poll(() => agent.containers(task), { timeout: 10_000 }).toEqual([]);
  });

  it('of a service is cleaned up early when the service has newer ones', async () => {
    const own = await TestAgent.start({ config: { agentServiceTasksKept: 2 } });
    try {
      own.service = 'web';
      const tasks: string[] = [];
      for (const _ of [1, 2, 3, 4]) tasks.push((await own.runUntilStopped(own.definition({ command: ['true'] }))).task);
      const kept = async (): Promise<readonly string[]> =>
        (await Promise.all(tasks.map((task) => own.containers(taskId(task))))).map((found) => String(found.length));
      await expect.poll(kept, { timeout: 10_000 }).toEqual(['0', '0', '1', '1']);
    } finally {
      await own.destroy();
    }
  });

  it('is cleaned up after a restart of the agent', async () => {
    const { task } = await agent.runUntilStopped(whole());
    await agent.stop();
    await agent.start();
    await expect.poll(() => agent.containers(task), { timeout: 10_000 }).toEqual([]);
  });

  it('leaves nothing behind when it failed to start', async () => {
    const { task } = await agent.runUntilStopped({ ...whole(), ...agent.definition({ command: ['no-such-program'] }) });
    await expect.poll(() => agent.containers(task), { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => agent.volumes()).toEqual([]);
  });
});
