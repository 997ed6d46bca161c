import {
  admitAgent,
  requestLogs,
  connectNats,
  controlPlaneCredentials,
  createAuthority,
  hint,
  natsServerConfig,
  serveAgents,
} from '@stowage/runtime';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppProcess } from '../../../test/support/app-process';
import { TestRegistry } from '../../../test/support/registry';
import { NatsServer } from '../../../test/support/nats-server';
import { TEST_CLUSTER } from '../../../test/support/scripted-control-plane';
import { TestAgent } from '../../../test/support/test-agent';
import { freePort } from '../../../test/support/free-port';

/** Tests the agent as it is deployed: as a separate process with its own credentials, on a real NATS. */

let directory: string;
let server: NatsServer;
let nats: Awaited<ReturnType<typeof connectNats>>;
/** Provides the scripted control plane and the Docker of the process. It starts no agent itself. */
let agent: TestAgent;
let child: AppProcess;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stowage-agent-main-'));
  const authority = await createAuthority(join(directory, 'authority'));
  const configFile = join(directory, 'nats.conf');
  const storeDir = join(directory, 'store');
  writeFileSync(configFile, natsServerConfig({ authority, host: '127.0.0.1', port: await freePort(), storeDir }));
  server = await NatsServer.start({ configFile });
  nats = await connectNats({
    servers: [server.url],
    name: 'test',
    credsFile: await controlPlaneCredentials(authority),
    reconnectMs: 50,
    connectTimeoutMs: 5_000,
  });
  agent = await TestAgent.create();
  await agent.makeImage(agent.image);
  const { controlPlane, instance } = agent;
  const wanted = { cluster: TEST_CLUSTER, instance, natsUrls: [server.url] };
  await admitAgent(authority, wanted, agent.config.agentDataDir);
  await serveAgents(nats, {
    register: (_instance, request) => controlPlane.register(request),
    heartbeat: () => controlPlane.heartbeat(),
    work: () => controlPlane.work(),
    recovered: (_instance, request) => controlPlane.recovered(request),
    'task-definition': (_instance, request) => controlPlane.taskDefinition(request),
    report: (_instance, report) => controlPlane.report(report),
    'task-protection': (_instance, request) => controlPlane.taskProtection(request),
  });
  controlPlane.onHint((news) => hint(nats, instance, news));
});
afterAll(async () => {
  await agent.destroy();
  await nats.close();
  await server.stop();
  rmSync(directory, { recursive: true });
});
afterEach(() => child.end('SIGKILL'));

async function startProcess(): Promise<void> {
  child = await AppProcess.start('agent', {
    STOWAGE_AGENT_DATA_DIR: agent.config.agentDataDir,
    STOWAGE_AGENT_BIND_IP: '127.0.0.1',
    STOWAGE_AGENT_IMAGE_PULL_BEHAVIOR: 'prefer-cached',
    STOWAGE_AGENT_HEARTBEAT_MS: '100',
    STOWAGE_AGENT_RETRY_MIN_MS: '20',
    STOWAGE_AGENT_ZONE: 'us-east-1a',
  });
}

const exitsOnTerm = { command: ['sh', '-c', 'echo up; trap "exit 0" TERM; while :; do sleep 0.05; done'] };

describe('the agent process', () => {
  it('registers, runs a task, returns its log and stops it', async () => {
    await startProcess();
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    expect(agent.controlPlane.registrations[0]?.attributes).toContainEqual({
      name: 'ecs.availability-zone',
      value: 'us-east-1a',
    });
    await expect
      .poll(() => requestLogs(nats, agent.instance, { task }, 5_000))
      .toMatchObject({ found: true, lines: [{ text: 'up' }], ended: false });
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(0);
    expect(await child.end('SIGTERM')).toBe(0);
  });

  it('exits on SIGTERM and leaves its containers running', async () => {
    await startProcess();
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    expect(await child.end('SIGTERM')).toBe(0);
    expect((await agent.inspect(task)).State.Running).toBe(true);
    await startProcess();
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(0);
  });

  it('exits with the reason when the control plane rejects its instance', async () => {
    await startProcess();
    agent.controlPlane.refusal = 'The instance was deregistered.';
    agent.controlPlane.registered = false;
    await expect.poll(() => child.log, { timeout: 10_000 }).toContain('The instance was deregistered.');
    agent.controlPlane.refusal = undefined;
    agent.controlPlane.registered = true;
  });

  it('exits with an error that states the way out when it has no identity', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'stowage-agent-none-'));
    child = await AppProcess.start('agent', { STOWAGE_AGENT_DATA_DIR: empty });
    await expect
      .poll(() => child.log, { timeout: 10_000 })
      .toMatch(/^agent: .*holds no identity: join a deployment first\.$/m);
    rmSync(empty, { recursive: true });
  });

  it('creates no container twice and leaks none when it is killed during starts', { timeout: 90_000 }, async () => {
    await startProcess();
    const tasks = Array.from({ length: 8 }, () => agent.run(agent.definition(exitsOnTerm)));
    // At the time of a kill, some containers are created, some are started, and some tasks have not begun.
    for (let kills = 0; kills < 3; kills += 1) {
      const made = (await agent.containers()).length;
      await expect
        .poll(async () => (await agent.containers()).length, { interval: 5, timeout: 10_000 })
        .toBeGreaterThan(made);
      await child.end('SIGKILL');
      await startProcess();
    }
    await Promise.all(tasks.map((task) => agent.status(task, 'RUNNING')));
    for (const task of tasks) {
      const containers = await agent.containers(task);
      expect(containers.map(({ State }) => State)).toEqual(['running']);
    }
    await Promise.all(tasks.map((task) => agent.end(task)));
    const running = (await agent.containers()).filter(({ State }) => State === 'running');
    expect(running).toEqual([]);
  });

  describe('killed each time it starts a task', () => {
    let registry: TestRegistry;

    beforeAll(async () => {
      registry = await TestRegistry.start();
    });
    afterAll(() => registry.close());

    /** Runs a task whose image never arrives, so that its start is interrupted when the agent is killed. */
    async function untilStarting(repository: string): Promise<ReturnType<TestAgent['run']>> {
      registry.put(repository, 'latest', 'text');
      registry.stalled.add(repository);
      const image = `${registry.host}/${repository}:latest`;
      const task = agent.run(agent.definition({ image, command: [] }));
      await untilAsked(repository, 1);
      return task;
    }

    const untilAsked = (repository: string, times: number): Promise<void> => {
      const asked = () => registry.pulls.filter((pulled) => pulled === `${repository}:latest`).length;
      return expect.poll(asked, { timeout: 15_000 }).toBe(times);
    };

    it('fails that task at the fourth start, and starts the others', { timeout: 90_000 }, async () => {
      await startProcess();
      const task = await untilStarting('deadly');
      for (const death of [1, 2, 3]) {
        const other = agent.run(agent.definition(exitsOnTerm));
        if (death > 1) await agent.status(other, 'RUNNING');
        await child.end('SIGKILL');
        await startProcess();
        if (death < 3) await untilAsked('deadly', death + 1);
      }
      const report = await agent.status(task, 'STOPPED');
      expect(report).toMatchObject({
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'ResourceInitializationError: the agent ended unexpectedly 3 times while it started this task',
      });
      await untilAsked('deadly', 3);
      const tasks = [...agent.controlPlane.items.keys()];
      await Promise.all(tasks.map((each) => agent.status(each, 'RUNNING')));
      await Promise.all(tasks.map((each) => agent.end(each)));
    });

    it('does not count a graceful exit as a failure of the task', { timeout: 90_000 }, async () => {
      await startProcess();
      const task = await untilStarting('innocent');
      for (const end of [1, 2, 3, 4]) {
        expect(await child.end('SIGTERM')).toBe(0);
        await startProcess();
        await untilAsked('innocent', end + 1);
      }
      await agent.end(task);
    });
  });

  it('continues after a restart of NATS', async () => {
    await startProcess();
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm));
    await server.restart();
    expect((await agent.inspect(task)).State.Running).toBe(true);
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(0);
  });
});
