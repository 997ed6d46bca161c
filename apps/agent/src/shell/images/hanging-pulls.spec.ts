import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DockerProxy } from '../../../../../test/support/docker-proxy';
import { TestRegistry } from '../../../../../test/support/registry';
import { TestAgent } from '../../../../../test/support/test-agent';

/** A registry that stops in the middle of a layer, with the real Docker as its client. */

let registry: TestRegistry;
let docker: DockerProxy;
let agent: TestAgent;

beforeAll(async () => {
  registry = await TestRegistry.start();
  docker = await DockerProxy.start();
});
afterEach(() => agent.destroy());
afterAll(async () => {
  const { client } = docker;
  for (const { Id, RepoDigests } of await client.listImages()) {
    if (RepoDigests?.some((each) => each.startsWith(`${registry.host}/`))) {
      await client.getImage(Id).remove({ force: true });
    }
  }
  await docker.close();
  await registry.close();
});

/** Much shorter than the inactivity timeout of a minute, and sufficient on a busy machine. */
const quick = 20_000;

function start(config: object = {}): Promise<TestAgent> {
  return TestAgent.start({ socketPath: docker.socketPath, config: { agentImagePullBehavior: 'default', ...config } });
}

function imageOf(repository: string): string {
  return `${registry.host}/${repository}:latest`;
}

/** Runs a task with an image. A stalled image stops in the middle of its layer. */
function run(repository: string, { stalled = false } = {}): ReturnType<TestAgent['run']> {
  registry.put(repository, 'latest', repository);
  if (stalled) registry.stalled.add(repository);
  return agent.run(agent.definition({ image: imageOf(repository), command: [] }));
}

async function untilStalled(...repositories: string[]): Promise<void> {
  await expect.poll(() => registry.stalledDownloads, { timeout: 10_000 }).toEqual(expect.arrayContaining(repositories));
}

/** Docker keeps the connection to a registry that does not answer until Docker's own client disconnects. */
async function untilDropped(): Promise<void> {
  await expect.poll(() => docker.openCalls('POST /images/create'), { timeout: 10_000 }).toEqual([]);
}

describe('a pull that hangs', () => {
  it('fails after the inactivity timeout, and Docker cancels it', async () => {
    agent = await start({ agentImagePullInactivityTimeoutMs: 1_000 });
    const report = await agent.status(run('inactive', { stalled: true }), 'STOPPED');
    expect(report).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'CannotPullContainerError: inactivity time exceeded timeout while pulling image',
    });
    await untilDropped();
  });

  it('is replaced by the image of this host after the inactivity timeout, if there is one', async () => {
    agent = await start({ agentImagePullInactivityTimeoutMs: 1_000, agentPullFailureReuseMs: 0 });
    expect((await agent.status(run('cached'), 'STOPPED')).containers[0]?.exitCode).toBe(0);
    registry.put('cached', 'latest', 'another');
    registry.stalled.add('cached');
    const task = agent.run(agent.definition({ image: imageOf('cached'), command: [] }));
    expect((await agent.status(task, 'STOPPED')).containers[0]?.exitCode).toBe(0);
    expect(await agent.output(task)).toBe('cached');
  });

  it('delays no task whose image is on this host, although all permits for pulls are in use', async () => {
    agent = await start({ agentPullParallelism: 2 });
    await agent.status(run('local'), 'STOPPED');
    const tasks = ['first', 'second'].map((repository) => run(repository, { stalled: true }));
    await untilStalled('first', 'second');
    const waiting = run('waiting');
    expect((await agent.status(run('local'), 'STOPPED', quick)).containers[0]?.exitCode).toBe(0);
    // A missing image waits for a permit. It gets one when the tasks that hold the permits are stopped.
    expect(agent.controlPlane.reportsOf(waiting).map(({ lastStatus }) => lastStatus)).not.toContain('STOPPED');
    for (const task of tasks) agent.requestStop(task);
    await Promise.all(tasks.map((task) => agent.status(task, 'STOPPED', quick)));
    await untilDropped();
    expect((await agent.status(waiting, 'STOPPED', quick)).containers[0]?.exitCode).toBe(0);
  });

  it('continues for one task when another one that waits for the same image is stopped', async () => {
    agent = await start();
    const [first, second] = [run('both', { stalled: true }), run('both', { stalled: true })];
    await untilStalled('both');
    agent.requestStop(first);
    await agent.status(first, 'STOPPED', quick);
    registry.resume('both');
    expect((await agent.status(second, 'STOPPED')).containers[0]?.exitCode).toBe(0);
  });

  it('is started again for a task that arrives after the others were stopped', async () => {
    agent = await start();
    const first = run('again', { stalled: true });
    await untilStalled('again');
    agent.requestStop(first);
    const second = agent.run(agent.definition({ image: imageOf('again'), command: [] }));
    registry.stalled.delete('again');
    expect((await agent.status(second, 'STOPPED')).containers[0]?.exitCode).toBe(0);
  });

  it('ends with the agent', async () => {
    agent = await start();
    run('closed', { stalled: true });
    await untilStalled('closed');
    await agent.stop();
    await untilDropped();
  });
});

describe('an invalid image reference', () => {
  it.each(['http://127.0.0.1:9/y', 'a//b', '../../x', '../info#', '..', 'UPPER', 'a b'])(
    '%s fails only its task',
    async (image) => {
      agent = await start();
      const report = await agent.status(agent.run(agent.definition({ image })), 'STOPPED');
      expect(report.stoppedReason).toBe(`CannotPullContainerError: invalid reference format: "${image}"`);
      await agent.runUntilRunning(agent.definition());
    },
  );
});
