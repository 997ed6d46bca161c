import {
  type DomainEvent,
  type Hint,
  type InstanceId,
  instanceId,
  journalId,
  type Task,
  type TaskId,
  taskId,
  transactionId,
} from '@stowage/domain';
import { Follower } from '@stowage/journal';
import { AgentLink, type Runtime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../../../test/support/runtime';
import { furtherPasses } from '../../../../../test/support/waits';
import { CLUSTER, clusterCreated, defined, placed, registerRequest, stopRequested } from '../../testing/agent-history';
import { AgentLedgers } from './agent-ledgers';
import { Connections } from './connections';
import { type RunningAgentSide, startAgentSide } from '../../testing/start-agent-side';
import { AgentSideConfig } from './config';

const TIMEOUT_MS = 5_000;
const config = Object.assign(new AgentSideConfig(), {
  leaseMs: 400,
  leaseCheckMs: 20,
  leaseStallMs: 5_000,
  agentFoldTimeoutMs: 300,
});

let runtime: TestRuntime;
const started: RunningAgentSide[] = [];
let instances = 0;

beforeAll(async () => {
  runtime = await testRuntime();
  await commit(clusterCreated, defined);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.close()));
});
afterAll(() => runtime.close());

async function manager(on: Runtime = runtime): Promise<RunningAgentSide> {
  const side = await startAgentSide(on, config);
  started.push(side);
  return side;
}

async function commit(...events: readonly DomainEvent[]): Promise<number> {
  const origin = { expectations: [], at: 1, actor: 'service:test', cause: 'test' };
  const { sequence } = await runtime.journal.commit({ id: transactionId(uuidv7()), events, ...origin });
  await runtime.fold.reached(sequence, TIMEOUT_MS);
  return sequence;
}

/** Creates a new instance and its agent's link. */
async function joined(): Promise<{ readonly instance: InstanceId; readonly link: AgentLink }> {
  instances += 1;
  const instance = instanceId(instances.toString(16).padStart(32, '0'));
  const link = new AgentLink(runtime.nats, instance);
  expect(await link.request('register', registerRequest, TIMEOUT_MS)).toMatchObject({ accepted: true });
  return { instance, link };
}

let tasks = 0;
async function placedOn(instance: InstanceId): Promise<{ readonly task: TaskId; readonly sequence: number }> {
  tasks += 1;
  const task = taskId(tasks.toString(16).padStart(32, 'a'));
  const event = placed(task, instance);
  if (event.type !== 'TasksPlaced') throw new Error('The event is a placement.');
  const free = event.tasks.map((each) => ({ ...each, resources: { ...each.resources, ports: [], cpu: 0 } }));
  return { task, sequence: await commit({ ...event, tasks: free }) };
}

const connectedInBooks = (instance: InstanceId): boolean | undefined =>
  runtime.fold.state.instances.get(instance)?.agentConnected;
const position = (sequence: number): { readonly journal: typeof runtime.journal.id; readonly sequence: number } => ({
  journal: runtime.journal.id,
  sequence,
});

describe('the part of a cluster manager that serves agents', () => {
  it('registers an agent and keeps it connected while it sends heartbeats', async () => {
    const { checks } = await manager();
    const { instance, link } = await joined();
    await vi.waitFor(() => expect(connectedInBooks(instance)).toBe(true), TIMEOUT_MS);
    const beating = setInterval(() => void link.request('heartbeat', { cluster: CLUSTER }, TIMEOUT_MS), 50);
    await furtherPasses(checks, (3 * config.leaseMs) / config.leaseCheckMs);
    expect(connectedInBooks(instance)).toBe(true);
    clearInterval(beating);
    await vi.waitFor(() => expect(connectedInBooks(instance)).toBe(false), TIMEOUT_MS);
    expect(await link.request('heartbeat', { cluster: CLUSTER }, TIMEOUT_MS)).toMatchObject({ registered: true });
    await vi.waitFor(() => expect(connectedInBooks(instance)).toBe(true), TIMEOUT_MS);
  });

  it('disconnects no agent because the manager itself was busy or disconnected', async () => {
    let now = 0;
    await manager();
    const { instance } = await joined();
    await vi.waitFor(() => expect(connectedInBooks(instance)).toBe(true), TIMEOUT_MS);
    await Promise.all(started.splice(0).map((app) => app.close()));
    const connections = new Connections(new AgentLedgers(runtime, config), config, () => now);
    connections.renew(instance);
    connections.start();
    // Ten minutes pass between two checks, during which no heartbeat could arrive.
    now += 600_000;
    await furtherPasses(() => connections.checks, 20);
    expect(connectedInBooks(instance)).toBe(true);
    // From here on, the agent is silent.
    while (connectedInBooks(instance) === true) {
      now += config.leaseCheckMs;
      await furtherPasses(() => connections.checks, 1);
    }
    expect(now).toBeGreaterThanOrEqual(600_000 + config.leaseMs);
    connections.stop();
  });

  it('sends a hint about changes and answers with the whole work list', async () => {
    await manager();
    const { instance, link } = await joined();
    const hints: Hint[] = [];
    link.onHint((hint) => hints.push(hint));
    await runtime.nats.flush();
    const { task, sequence } = await placedOn(instance);
    await vi.waitFor(() => expect(hints).toEqual([{ position: position(sequence) }]), TIMEOUT_MS);
    const work = await link.request('work', { cluster: CLUSTER, seen: position(sequence) }, TIMEOUT_MS);
    expect(work.position.sequence).toBeGreaterThanOrEqual(sequence);
    expect(work.tasks).toMatchObject([
      {
        task,
        desiredStatus: 'RUNNING',
        lastStatus: 'PENDING',
        containers: [{ name: 'web', gpuIds: ['gpu-a'], pinnedDigest: 'sha256:a' }, { name: 'log' }],
      },
    ]);
    await commit({ ...stopRequested(task), instance } as DomainEvent);
    const after = await link.request('work', { cluster: CLUSTER }, TIMEOUT_MS);
    expect(after.tasks).toMatchObject([
      { desiredStatus: 'STOPPED', stop: { stopCode: 'UserInitiated', stoppedReason: 'enough' } },
    ]);
    const beat = await link.request('heartbeat', { cluster: CLUSTER }, TIMEOUT_MS);
    expect(beat.position).toEqual(hints.at(-1)?.position);
  });

  it('records each report once, with two managers and repeated reports', async () => {
    const other = await runtime.another();
    await manager();
    await manager(other);
    const { instance, link } = await joined();
    const { task, sequence } = await placedOn(instance);
    const report = {
      cluster: CLUSTER,
      task,
      seen: position(sequence),
      lastStatus: 'RUNNING',
      containers: [{ name: 'web', lastStatus: 'RUNNING', runtimeId: 'abc' }],
    } as const;
    const answers = await Promise.all(Array.from({ length: 20 }, () => link.request('report', report, TIMEOUT_MS)));
    expect(answers.every(({ accepted }) => accepted)).toBe(true);
    const newest = Math.max(...answers.map((answer) => answer.position.sequence));
    await runtime.fold.reached(newest, TIMEOUT_MS);
    const now = runtime.fold.state.tasks.get(task) as Task;
    expect(now).toMatchObject({ lastStatus: 'RUNNING', version: 2, containers: [{ runtimeId: 'abc' }, {}] });
    const over = { ...report, lastStatus: 'STOPPED' } as const;
    const { position: end } = await link.request('report', over, TIMEOUT_MS);
    await runtime.fold.reached(end.sequence, TIMEOUT_MS);
    expect(runtime.fold.state.tasks.has(task)).toBe(false);
    expect(await link.request('report', report, TIMEOUT_MS)).toMatchObject({ accepted: true });
    const malformed = { ...report, containers: 'none' } as never;
    expect(await link.request('report', malformed, TIMEOUT_MS)).toMatchObject({ accepted: false });
  });

  it('never answers with an older work list than the agent has seen, if its fold lags', async () => {
    await manager();
    const { instance, link } = await joined();
    const { task, sequence } = await placedOn(instance);
    await Promise.all(started.splice(0).map((app) => app.close()));
    const fold = new Follower(runtime.journal);
    await manager({ ...(await runtime.another()), fold });
    const seen = position(sequence);
    await expect(link.request('work', { cluster: CLUSTER, seen }, TIMEOUT_MS)).rejects.toThrow('was not folded within');
    // It also does not send an empty list to an agent that has seen nothing.
    await expect(link.request('work', { cluster: CLUSTER }, TIMEOUT_MS)).rejects.toThrow('is not registered');
    const waiting = link.request('work', { cluster: CLUSTER, seen }, TIMEOUT_MS);
    fold.start();
    expect((await waiting).tasks.map((item) => item.task)).toEqual([task]);
    await fold.stop();
  });

  it('ignores positions of a different journal', async () => {
    await manager();
    const { link } = await joined();
    const seen = { journal: journalId('another'), sequence: 1 };
    await expect(link.request('work', { cluster: CLUSTER, seen }, TIMEOUT_MS)).rejects.toThrow('not another');
  });

  it('rejects a deregistered instance, without stopping its containers', async () => {
    await manager();
    const { instance, link } = await joined();
    const { task } = await placedOn(instance);
    const gone = { version: 1, cluster: CLUSTER, instance } as const;
    const [stopCode, stoppedReason] = ['UserInitiated', 'gone'] as const;
    await commit(
      { ...gone, type: 'TasksGivenUp', tasks: [task], stopCode, stoppedReason },
      { ...gone, type: 'InstanceDeregistered', force: true },
    );
    await expect(link.request('work', { cluster: CLUSTER }, TIMEOUT_MS)).rejects.toThrow('is not registered');
    expect(await link.request('heartbeat', { cluster: CLUSTER }, TIMEOUT_MS)).toMatchObject({ registered: false });
    expect(await link.request('register', registerRequest, TIMEOUT_MS)).toEqual({
      accepted: false,
      reason: `Referenced container instance ${instance} not registered.`,
    });
  });

  it('gives an agent the definitions of its own tasks only', async () => {
    await manager();
    const { instance, link } = await joined();
    const app = { family: 'app', revision: 1 };
    expect(await link.request('task-definition', app, TIMEOUT_MS)).toEqual({ found: false });
    await placedOn(instance);
    expect(await link.request('task-definition', app, TIMEOUT_MS)).toMatchObject({
      found: true,
      definition: { family: 'app', containerDefinitions: [{ name: 'web' }] },
    });
  });
});
