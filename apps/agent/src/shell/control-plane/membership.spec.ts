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

/** Ends at once when it is asked to stop. */
const polite = { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'] };
/** Resolves when the false work lists are pulled, and a later task was started and stopped. */
async function laterTaskStopped(): Promise<void> {
  await expect.poll(() => agent.controlPlane.falseWork.length).toBe(0);
  await agent.end(await agent.runUntilRunning(agent.definition(polite)));
}

describe('what an instance says of itself', () => {
  it('are its share of the machine, its place and what it can do', async () => {
    await expect.poll(() => agent.controlPlane.registrations.length).toBe(1);
    const [said] = agent.controlPlane.registrations;
    expect(said?.resources).toMatchObject({
      cpu: cpus().length * 512,
      ports: [22, 2375, 2376, 51678, 51679],
      portsUdp: [],
    });
    expect(said?.resources.memory).toBeCloseTo(totalmem() / 4 / 1024 / 1024 - 100, -2);
    expect(said?.tags).toEqual([{ key: 'team', value: 'blue' }]);
    expect(said?.versionInfo.dockerVersion).toMatch(/^DockerVersion: \d+\./);
    expect(said?.ec2InstanceId).toBe(`i-${agent.instance.slice(0, 17)}`);
    const attributes = new Map(said?.attributes.map(({ name, value }) => [name, value]));
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

  it('is said again when the control plane does not know it any more', async () => {
    await expect.poll(() => agent.controlPlane.registrations.length).toBe(1);
    agent.controlPlane.registered = false;
    await expect.poll(() => agent.controlPlane.registrations.length).toBe(2);
  });

  it('when it is not wanted, ends the agent and no container', async () => {
    const task = await agent.runUntilRunning(agent.definition());
    agent.controlPlane.refusal = 'The instance was deregistered.';
    agent.controlPlane.registered = false;
    expect(await agent.running?.refused).toBe('The instance was deregistered.');
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });
});

describe('a work list', () => {
  it('is pulled every so often though nobody speaks of news', async () => {
    await agent.stop();
    Object.assign(agent.config, { agentWorkRefreshMs: 500 });
    await agent.start();
    const task = await agent.runUntilRunning(agent.definition());
    // As after a report of an earlier life, whose disk was lost: to the control plane it was the agent's own.
    agent.controlPlane.items.delete(task);
    await agent.status(task, 'STOPPED');
  });

  it('that is older than what was seen takes no work away', async () => {
    const task = await agent.runUntilRunning(agent.definition(polite));
    agent.controlPlane.falseWork.push({ position: { ...agent.controlPlane.position, sequence: 1 }, tasks: [] });
    agent.controlPlane.hint();
    await laterTaskStopped();
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('that is older than what was seen before a restart takes no work away either', async () => {
    const task = await agent.runUntilRunning(agent.definition(polite));
    await agent.stop();
    agent.controlPlane.falseWork.push({ position: { ...agent.controlPlane.position, sequence: 1 }, tasks: [] });
    await agent.start();
    await laterTaskStopped();
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('of another journal is not believed, however new', async () => {
    const task = await agent.runUntilRunning(agent.definition(polite));
    const journal = journalId('00000000-0000-7000-8000-00000000dead');
    agent.controlPlane.falseWork.push({ position: { journal, sequence: 1_000_000 }, tasks: [] });
    agent.controlPlane.hint();
    await laterTaskStopped();
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('whose hint was lost is found by a heartbeat', async () => {
    const task = agent.run(agent.definition());
    const item = agent.controlPlane.items.get(task)!;
    await agent.status(task, 'RUNNING');
    agent.controlPlane.silently(() => agent.controlPlane.give({ ...item, desiredStatus: 'STOPPED' }));
    await agent.status(task, 'STOPPED');
  });
});

describe('while the control plane is away', () => {
  it('containers go on, and the newest of each task is said when it is back', async () => {
    const command = ['sh', '-c', 'sleep 0.5'];
    const going = await agent.runUntilRunning(agent.definition());
    const ending = await agent.runUntilRunning(agent.definition({ command }));
    agent.controlPlane.away = true;
    await expect.poll(async () => (await agent.inspect(ending)).State.Running).toBe(false);
    await furtherPasses(() => agent.controlPlane.requests.report);
    const said = agent.controlPlane.reports.length;
    agent.controlPlane.away = false;
    await agent.status(ending, 'STOPPED');
    expect(agent.controlPlane.reports).toHaveLength(said + 1);
    expect((await agent.inspect(going)).State.Running).toBe(true);
  });

  it('the definition of a task is asked for until it comes', async () => {
    agent.controlPlane.definitionsAway = true;
    const task = agent.run(agent.definition());
    await furtherPasses(() => agent.controlPlane.requests.taskDefinition);
    expect(agent.controlPlane.reportsOf(task)).toEqual([]);
    agent.controlPlane.definitionsAway = false;
    await agent.status(task, 'RUNNING');
  });
});
