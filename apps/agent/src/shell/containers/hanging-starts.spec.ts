import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DockerProxy } from '../../../../../test/support/docker-proxy';
import { SilentLogServer } from '../../../../../test/support/silent-log-server';
import { TestAgent } from '../../../../../test/support/test-agent';

/** Much shorter than the time limits of a create and a start, and sufficient on a busy machine. */
const quick = 20_000;
const settled = { timeout: 20_000 };

let agent: TestAgent;

describe('a start whose log driver hangs', () => {
  let logs: SilentLogServer;

  beforeEach(async () => {
    logs = await SilentLogServer.start();
  });
  afterEach(async () => {
    // Docker locks the container while its start hangs.
    await logs.close();
    await agent.destroy();
  });

  /** Runs tasks whose containers Docker is about to start while the log server does not answer. */
  async function hangingStarts(count: number): Promise<readonly ReturnType<TestAgent['run']>[]> {
    const tasks = agent.runMany(count, agent.definition({ logConfiguration: logs.logConfiguration }));
    await expect.poll(() => logs.waitingStarts, settled).toBe(count);
    return tasks;
  }

  it('fails at its time limit', async () => {
    agent = await TestAgent.start({ config: { agentContainerStartTimeoutMs: 1_000 } });
    const [task] = await hangingStarts(1);
    const report = await agent.status(task!, 'STOPPED', quick);
    expect(report).toMatchObject({ stopCode: 'TaskFailedToStart' });
    expect(report.containers[0]?.reason).toBe(
      'DockerTimeoutError: Could not transition to running; timed out after waiting 1s',
    );
  });

  it('delays no task with another log driver, although it holds all permits', async () => {
    agent = await TestAgent.start({ config: { agentDockerParallelism: 2, agentDockerPermitHoldMs: 60_000 } });
    await hangingStarts(2);
    const task = agent.run(agent.definition());
    await agent.status(task, 'RUNNING', quick);
  });

  it('delays tasks with the same log driver only until it releases its permit', async () => {
    agent = await TestAgent.start({ config: { agentDockerParallelism: 1, agentDockerPermitHoldMs: 200 } });
    await hangingStarts(3);
  });

  it('ends with its task, and a container that starts later is stopped', async () => {
    agent = await TestAgent.start({ config: { agentAbandonMs: 500 } });
    const [task] = await hangingStarts(1);
    agent.requestStop(task!);
    const report = await agent.status(task!, 'STOPPED', quick);
    expect(report.containers).toMatchObject([{ name: 'main', lastStatus: 'STOPPED' }]);
    logs.release();
    await expect.poll(async () => (await agent.inspect(task!)).State, settled).toMatchObject({ Status: 'exited' });
    expect(agent.controlPlane.reportsOf(task!).at(-1)).toMatchObject({ lastStatus: 'STOPPED' });
  });

  it('is followed to its end if it ends soon after the stop', async () => {
    agent = await TestAgent.start();
    const [task] = await hangingStarts(1);
    agent.requestStop(task!);
    logs.release();
    const report = await agent.status(task!, 'STOPPED', quick);
    expect(report.containers[0]?.exitCode).toBeDefined();
    expect((await agent.inspect(task!)).State.Running).toBe(false);
  });

  it('does not keep a restarted agent from its other containers', async () => {
    agent = await TestAgent.start({ config: { agentDockerAnswerMs: 1_000 } });
    const running = await agent.runUntilRunning(agent.definition());
    const [hanging] = await hangingStarts(1);
    await agent.stop();
    await agent.start();
    await agent.end(running);
    await agent.runUntilRunning(agent.definition());
    logs.release();
    await agent.status(hanging!, 'RUNNING', quick);
  });

  it('delays neither the clean-up of a stopped task nor a work list', async () => {
    agent = await TestAgent.start({ config: { agentTaskCleanupWaitMs: 0, agentAbandonMs: 200 } });
    const [hanging] = await hangingStarts(1);
    agent.requestStop(hanging!);
    await agent.status(hanging!, 'STOPPED', quick);
    const other = await agent.runUntilStopped(agent.definition({ command: ['true'] }));
    await expect.poll(() => agent.containers(other.task), settled).toEqual([]);
    expect(await agent.containers(hanging)).toHaveLength(1);
    logs.release();
    await expect.poll(() => agent.containers(hanging), settled).toEqual([]);
  });
});

describe('a volume driver that hangs', () => {
  let docker: DockerProxy;

  beforeEach(async () => {
    docker = await DockerProxy.start();
  });
  afterEach(async () => {
    await agent.destroy();
    await docker.close();
  });

  const start = (config: object = {}) => TestAgent.start({ socketPath: docker.socketPath, config });
  const volumes = [{ name: 'data', host: {} }];
  const mountPoints = [{ sourceVolume: 'data', containerPath: '/data' }];

  async function hanging(call: string): Promise<ReturnType<TestAgent['run']>> {
    docker.withhold(call);
    const task = agent.run({ family: 'hanging', ...agent.definition({ mountPoints }), volumes });
    await expect.poll(() => docker.waitingCalls, settled).toBe(1);
    return task;
  }

  /** Docker continues a call whose client has disconnected. */
  async function untilMade(task: Awaited<ReturnType<typeof hanging>>, call: string): Promise<void> {
    if (call.includes('volumes')) return expect.poll(() => agent.volumes(), settled).toHaveLength(1);
    const status = () => agent.inspect(task).then(({ State }) => State.Status);
    await expect.poll(() => status().catch(() => 'missing'), settled).toBe('created');
  }

  it.each([
    ['the volume', 'POST /volumes/create', 'STOPPED'],
    ['the container', 'POST /containers/create?name=ecs-hanging', 'STOPPED'],
  ] as const)('fails a task that waits for %s at the time limit of a create', async (_what, call, lastStatus) => {
    agent = await start({ agentContainerCreateTimeoutMs: 1_000 });
    const report = await agent.status(await hanging(call), lastStatus, quick);
    expect(report.stopCode).toBe('TaskFailedToStart');
    expect(JSON.stringify(report)).toContain(
      'DockerTimeoutError: Could not transition to created; timed out after waiting 1s',
    );
    docker.release(call);
    await untilMade(report.task, call);
  });

  it.each(['POST /volumes/create', 'POST /containers/create?name=ecs-hanging'])(
    'delays no other task at %s, and its task can be stopped',
    async (call) => {
      agent = await start({ agentDockerParallelism: 1, agentDockerPermitHoldMs: 200, agentAbandonMs: 200 });
      const task = await hanging(call);
      await agent.runUntilRunning({ family: 'other', ...agent.definition() });
      agent.requestStop(task);
      await agent.status(task, 'STOPPED', quick);
      docker.release(call);
      await untilMade(task, call);
    },
  );
});
