import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

const shell = (script: string) => ({ command: ['sh', '-c', script] });
const exitsOnTerm = shell('trap "exit 0" TERM; while :; do sleep 0.05; done');

describe('an agent that restarts', () => {
  it('adopts its running containers and does not touch them', async () => {
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    const before = await agent.inspect(task);
    await agent.stop();
    expect((await agent.inspect(task)).State.Running).toBe(true);
    const sent = agent.controlPlane.reportsOf(task).length;
    await agent.start();
    await expect.poll(() => agent.controlPlane.reportsOf(task).length).toBeGreaterThan(sent);
    expect(agent.controlPlane.reportsOf(task).at(-1)).toMatchObject({
      lastStatus: 'RUNNING',
      containers: [{ runtimeId: before.Id, lastStatus: 'RUNNING' }],
    });
    const after = await agent.inspect(task);
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
    expect(await agent.containers(task)).toHaveLength(1);
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(0);
  });

  it('reports a container that exited during its absence, with the exit code', async () => {
    const task = await agent.runUntilRunning(agent.definition(shell('sleep 0.5; exit 6')));
    await agent.stop();
    await expect.poll(async () => (await agent.inspect(task)).State.Running).toBe(false);
    await agent.start();
    const report = await agent.status(task, 'STOPPED');
    expect(report).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 6 }] });
  });

  it('reports a container that was removed during its absence', async () => {
    const task = await agent.runUntilRunning(agent.definition());
    await agent.stop();
    await agent.docker.getContainer((await agent.inspect(task)).Id).remove({ force: true });
    await agent.start();
    const report = await agent.status(task, 'STOPPED');
    expect(report.containers[0]?.reason).toBe('DockerStateError: The container was removed from outside.');
  });

  it('stops the other containers of a task while the control plane is away', async () => {
    const containerDefinitions = [agent.container(shell('sleep 2')), agent.container({ name: 'side', ...exitsOnTerm })];
    const task = await agent.runUntilRunning({ containerDefinitions });
    await agent.stop();
    agent.controlPlane.away = true;
    agent.startUnawaited();
    // The essential container exits. The agent stops the other one by its stored state alone.
    await expect.poll(async () => (await agent.inspect(task, 'side')).State.Running, { timeout: 10_000 }).toBe(false);
    agent.controlPlane.away = false;
    expect((await agent.status(task, 'STOPPED')).stopCode).toBe('EssentialContainerExited');
  });

  it('adopts by name and label, after the loss of its disk, the tasks that are still in the work list', async () => {
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    const over = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    const { Id } = await agent.inspect(task);
    await agent.stop();
    await rm(join(agent.config.agentDataDir, 'state'), { recursive: true });
    agent.controlPlane.items.delete(over);
    await agent.start();
    await expect.poll(() => agent.controlPlane.reportsOf(task).at(-1)).toMatchObject({ lastStatus: 'RUNNING' });
    await expect.poll(() => agent.containers(over)).toEqual([]);
    expect((await agent.containers(task)).map((container) => container.Id)).toEqual([Id]);
    await agent.end(task);
  });

  it('creates no container twice if its disk was lost before the first report of the task', async () => {
    const task = agent.run(agent.definition(exitsOnTerm));
    await expect.poll(() => agent.containers(task)).toHaveLength(1);
    const { Id } = await agent.inspect(task);
    await agent.stop();
    await rm(join(agent.config.agentDataDir, 'state'), { recursive: true });
    const item = agent.controlPlane.items.get(task)!;
    agent.controlPlane.items.set(task, { ...item, lastStatus: 'PENDING' });
    await agent.start();
    await agent.controlPlane.reported(task, ({ lastStatus }) => lastStatus === 'RUNNING');
    expect((await agent.containers(task)).map((container) => container.Id)).toEqual([Id]);
    await agent.end(task);
  });

  it('skips a document that it cannot read', async () => {
    await agent.stop();
    await writeFile(join(agent.config.agentDataDir, 'state', 'tasks', 'broken.json'), '{"version":1,');
    await agent.start();
    await agent.runUntilRunning(agent.definition());
  });

  it('does not start a task again that it reported STOPPED', async () => {
    const { task } = await agent.runUntilStopped(agent.definition(shell('true')));
    await agent.stop();
    await agent.start();
    await agent.runUntilRunning(agent.definition());
    expect(await agent.containers(task)).toHaveLength(1);
    expect((await agent.inspect(task)).RestartCount).toBe(0);
    expect(agent.controlPlane.reportsOf(task).filter(({ lastStatus }) => lastStatus === 'STOPPED')).toHaveLength(1);
  });
});

describe('agents on one Docker', () => {
  it('never touch containers of another agent', async () => {
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    const other = await TestAgent.start();
    await other.runUntilRunning(other.definition());
    await expect.poll(() => other.controlPlane.reports.length).toBeGreaterThan(0);
    expect((await agent.inspect(task)).State.Running).toBe(true);
    await other.destroy();
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });
});
