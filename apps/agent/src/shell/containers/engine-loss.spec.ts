import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrivateDocker } from '../../../../../test/support/private-docker';
import { TestAgent } from '../../../../../test/support/test-agent';
import { furtherPasses, until } from '../../../../../test/support/waits';
import { AgentConfig } from '../../config';
import { DockerEngine } from './docker-engine';

/** Tests of an unmodified agent while Docker stops and starts again. */

let docker: PrivateDocker;
let agent: TestAgent;

beforeEach(async () => {
  docker = await PrivateDocker.create();
});
afterEach(async () => {
  await docker.unmount();
  await agent.destroy();
  await docker.destroy();
});

/** Counts the requests by which the agent detects that Docker is available again. */
class CountingEngine extends DockerEngine {
  requests = 0;

  override facts(): ReturnType<DockerEngine['facts']> {
    this.requests += 1;
    return super.facts();
  }

  override events(...parameters: Parameters<DockerEngine['events']>): ReturnType<DockerEngine['events']> {
    this.requests += 1;
    return super.events(...parameters);
  }
}

const countingEngine = (): CountingEngine =>
  new CountingEngine({ socketPath: docker.socketPath, answerTimeoutMs: new AgentConfig().agentDockerAnswerMs });

const quiet = { networkMode: 'none' as const };
/** Exits immediately when Docker stops it. */
const polite = { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'] };
const start = (config = {}) => TestAgent.start({ socketPath: docker.socketPath, config });

describe('when Docker is unavailable at the start', () => {
  it('the agent waits for it before it joins its cluster', async () => {
    const engine = countingEngine();
    agent = await TestAgent.create({ socketPath: docker.socketPath, engine });
    agent.startUnawaited();
    await furtherPasses(() => engine.requests);
    expect(agent.controlPlane.registrations).toEqual([]);
    await docker.start();
    await agent.makeImage(agent.image);
    await agent.runUntilRunning({ ...agent.definition(), ...quiet });
    expect(agent.controlPlane.registrations).toHaveLength(1);
  });

  it('the agent can still be stopped', async () => {
    agent = await TestAgent.create({ socketPath: docker.socketPath });
    agent.startUnawaited();
    await agent.stop();
    await docker.start();
  });
});

describe('when Docker stops while the agent runs', () => {
  it('containers that stopped with it are reported after its restart, and the agent continues', async () => {
    await docker.start();
    agent = await start();
    const task = await agent.runUntilRunning({ ...agent.definition(polite), ...quiet });
    await docker.stop();
    await docker.start();
    const report = await agent.status(task, 'STOPPED');
    expect(report).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ lastStatus: 'STOPPED' }] });
    expect((await agent.inspect(task)).State.Running).toBe(false);
    await agent.runUntilRunning({ ...agent.definition(), ...quiet });
  });

  it('the same holds after a kill', async () => {
    await docker.start();
    agent = await start();
    const task = await agent.runUntilRunning({ ...agent.definition(), ...quiet });
    await docker.stop('SIGKILL');
    await docker.start();
    expect((await agent.status(task, 'STOPPED')).stopCode).toBe('EssentialContainerExited');
  });

  it('a restart policy restarts its container', async () => {
    await docker.start();
    agent = await start();
    const restartPolicy = { enabled: true, restartAttemptPeriod: 0.1 };
    const task = await agent.runUntilRunning({ ...agent.definition({ ...polite, restartPolicy }), ...quiet });
    const { State: before } = await agent.inspect(task);
    // Real time: the container must run for longer than the attempt period of its restart policy.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await docker.stop();
    await docker.start();
    await expect
      .poll(async () => (await agent.inspect(task)).State, { timeout: 10_000 })
      .toMatchObject({ Running: true });
    expect((await agent.inspect(task)).State.StartedAt).not.toBe(before.StartedAt);
    expect(agent.controlPlane.reportsOf(task).map(({ lastStatus }) => lastStatus)).not.toContain('STOPPED');
  });

  it('a task that arrives in the meantime starts after the restart of Docker', async () => {
    await docker.start();
    const engine = countingEngine();
    agent = await TestAgent.start({ socketPath: docker.socketPath, engine });
    await docker.stop();
    const task = agent.run({ ...agent.definition(), ...quiet });
    await until('the agent has the task', () => agent.controlPlane.requests.taskDefinition > 0);
    await furtherPasses(() => engine.requests);
    await docker.start();
    await agent.status(task, 'RUNNING');
  });

  it('a task fails when its time limit passes before Docker is available', async () => {
    await docker.start();
    agent = await start({ agentImagePullTimeoutMs: 300 });
    await docker.stop();
    const report = await agent.runUntilStopped({ ...agent.definition(), ...quiet });
    expect(report.stopCode).toBe('TaskFailedToStart');
    expect(report.containers[0]?.reason).toBe(
      'DockerTimeoutError: Could not transition to pulled; timed out after waiting 300ms',
    );
    await docker.start();
  });

  it('a stop takes effect after the restart of Docker', async () => {
    await docker.start();
    agent = await start();
    const restartPolicy = { enabled: true, restartAttemptPeriod: 0.1 };
    const task = await agent.runUntilRunning({ ...agent.definition({ ...polite, restartPolicy }), ...quiet });
    await docker.stop('SIGKILL');
    agent.requestStop(task);
    await docker.start();
    const report = await agent.status(task, 'STOPPED');
    expect(report.stopCode).toBeUndefined();
    expect((await agent.inspect(task)).State.Running).toBe(false);
  });
});
