import { journalId } from '@stowage/domain';
import { cpus, totalmem } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';
import { furtherPasses } from '../../../../../test/support/waits';

let agent: TestAgent;

beforeEach(async () => {
  agent = await TestAgent.start({
    config: {
      agentZone: 'us-east-1b',
      agentCpuShare: 0.5,
      agentMemoryShare: 0.25,
      agentReservedMemoryMib: 100,
      agentInstanceAttributes: { disk: 'ssd' },
      agentInstanceTags: { team: 'blue' },
    },
  });
});
afterEach(() => agent.destroy());

/** Exits immediately on SIGTERM. */
const exitsOnTerm = { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'] };
/** Resolves when the agent has pulled the false work lists, and has started and stopped a later task. */
async function laterTaskStopped(): Promise<void> {
  await expect.poll(() => agent.controlPlane.falseWork.length).toBe(0);
  await agent.end(await agent.runUntilRunning(agent.definition(exitsOnTerm)));
}

describe('the registration of an instance', () => {
  it('contains its share of the machine, its availability zone and its capabilities', async () => {
    await expect.poll(() => agent.controlPlane.registrations.length).toBe(1);
    const [registration] = agent.controlPlane.registrations;
    expect(registration?.resources).toMatchObject({
      cpu: cpus().length * 512,
      ports: [22, 2375, 2376, 51678, 51679],
      portsUdp: [],
    });
    expect(registration?.resources.memory).toBeCloseTo(totalmem() / 4 / 1024 / 1024 - 100, -2);
    expect(registration?.tags).toEqual([{ key: 'team', value: 'blue' }]);
    expect(registration?.versionInfo.dockerVersion).toMatch(/^DockerVersion: \d+\./);
    expect(registration?.ec2InstanceId).toBe(`i-${agent.instance.slice(0, 17)}`);
    const attributes = new Map(registration?.attributes.map(({ name, value }) => [name, value]));
    expect(Object.fromEntries(attributes)).toMatchObject({
      'ecs.availability-zone': 'us-east-1b',
      'ecs.os-type': 'linux',
      disk: 'ssd',
    });
    for (const capability of [
      'docker-remote-api.1.17',
      'docker-remote-api.1.41',
      'privileged-container',
      'logging-driver.json-file',
      'logging-driver.awslogs',
      'ecr-auth',
    ]) {
      expect(attributes.has(`com.amazonaws.ecs.capability.${capability}`), capability).toBe(true);
    }
    for (const capability of [
      'container-health-check',
      'container-ordering',
      'task-cpu-mem-limit',
      'docker-plugin.local',
    ]) {
      expect(attributes.has(`ecs.capability.${capability}`), capability).toBe(true);
    }
  });

  it('is repeated when the control plane no longer knows the instance', async () => {
    await expect.poll(() => agent.controlPlane.registrations.length).toBe(1);
    agent.controlPlane.registered = false;
    await expect.poll(() => agent.controlPlane.registrations.length).toBe(2);
  });

  it('ends the agent but no container if the control plane rejects it', async () => {
    const task = await agent.runUntilRunning(agent.definition());
    agent.controlPlane.refusal = 'The instance was deregistered.';
    agent.controlPlane.registered = false;
    expect(await agent.running?.refused).toBe('The instance was deregistered.');
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });
});

describe('a work list', () => {
  it('is pulled at the refresh interval without a hint', async () => {
    await agent.stop();
    Object.assign(agent.config, { agentWorkRefreshMs: 500 });
    await agent.start();
    const task = await agent.runUntilRunning(agent.definition());
    // The agent gets no hint for its own reports, so only the refresh shows one that it made before its disk was lost.
    agent.controlPlane.items.delete(task);
    await agent.status(task, 'STOPPED');
  });

  it('that is older than the highest seen position stops no task', async () => {
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    agent.controlPlane.falseWork.push({ position: { ...agent.controlPlane.position, sequence: 1 }, tasks: [] });
    agent.controlPlane.hint();
    await laterTaskStopped();
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('that is older than the highest position seen before a restart stops no task', async () => {
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    await agent.stop();
    agent.controlPlane.falseWork.push({ position: { ...agent.controlPlane.position, sequence: 1 }, tasks: [] });
    await agent.start();
    await laterTaskStopped();
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('of a different journal is ignored even if its position is higher', async () => {
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    const journal = journalId('00000000-0000-7000-8000-00000000dead');
    agent.controlPlane.falseWork.push({ position: { journal, sequence: 1_000_000 }, tasks: [] });
    agent.controlPlane.hint();
    await laterTaskStopped();
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('whose hint was lost is pulled after a heartbeat', async () => {
    const task = agent.run(agent.definition());
    const item = agent.controlPlane.items.get(task)!;
    await agent.status(task, 'RUNNING');
    agent.controlPlane.silently(() => agent.controlPlane.give({ ...item, desiredStatus: 'STOPPED' }));
    await agent.status(task, 'STOPPED');
  });
});

describe('while the control plane is away', () => {
  it('containers keep running, and the newest report of each task is sent afterwards', async () => {
    const command = ['sh', '-c', 'sleep 0.5'];
    const going = await agent.runUntilRunning(agent.definition());
    const ending = await agent.runUntilRunning(agent.definition({ command }));
    agent.controlPlane.away = true;
    await expect.poll(async () => (await agent.inspect(ending)).State.Running).toBe(false);
    await furtherPasses(() => agent.controlPlane.requests.report);
    const before = agent.controlPlane.reports.length;
    agent.controlPlane.away = false;
    await agent.status(ending, 'STOPPED');
    expect(agent.controlPlane.reports).toHaveLength(before + 1);
    expect((await agent.inspect(going)).State.Running).toBe(true);
  });

  it('the request for a task definition is retried until it is answered', async () => {
    agent.controlPlane.definitionsAway = true;
    const task = agent.run(agent.definition());
    await furtherPasses(() => agent.controlPlane.requests.taskDefinition);
    expect(agent.controlPlane.reportsOf(task)).toEqual([]);
    agent.controlPlane.definitionsAway = false;
    await agent.status(task, 'RUNNING');
  });
});
