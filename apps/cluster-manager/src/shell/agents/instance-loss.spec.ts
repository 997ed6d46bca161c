import { type DomainEvent, type InstanceId, instanceId, taskId, transactionId } from '@stowage/domain';
import { AgentLink, type RunningApp } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../../../test/support/runtime';
import { CLUSTER, clusterCreated, defined, placed, registerRequest } from '../../testing/agent-history';
import { AgentSideConfig, startAgentSide } from './index';

const TIMEOUT_MS = 5_000;
const TASK = taskId('a'.repeat(32));
const config = Object.assign(new AgentSideConfig(), { leaseMs: 300, leaseCheckMs: 20, lossGraceMs: 300 });
const beats: NodeJS.Timeout[] = [];
let runtime: TestRuntime;
let managers: readonly RunningApp[] = [];

beforeAll(async () => {
  runtime = await testRuntime();
  await commit(clusterCreated, defined);
  managers = [await startAgentSide(runtime, config), await startAgentSide(await runtime.another(), config)];
});
afterAll(async () => {
  beats.forEach(clearInterval);
  await Promise.all(managers.map((manager) => manager.close()));
  await runtime.close();
});

async function commit(...events: readonly DomainEvent[]): Promise<void> {
  const origin = { expectations: [], at: Date.now(), actor: 'service:test', cause: 'test' };
  const { sequence } = await runtime.journal.commit({ id: transactionId(uuidv7()), events, ...origin });
  await runtime.fold.reached(sequence, TIMEOUT_MS);
}

const inBooks = (instance: InstanceId) => runtime.fold.state.instances.get(instance);

/** An agent that beats until it is silenced. */
async function joined(number: number): Promise<{ link: AgentLink; instance: InstanceId; beat: () => NodeJS.Timeout }> {
  const instance = instanceId(String(number).padStart(32, '0'));
  const link = new AgentLink(runtime.nats, instance);
  expect(await link.request('register', registerRequest, TIMEOUT_MS)).toMatchObject({ accepted: true });
  const beat = (): NodeJS.Timeout => {
    const beating = setInterval(() => {
      link.request('heartbeat', { cluster: CLUSTER }, TIMEOUT_MS).catch(() => undefined);
    }, 50);
    beats.push(beating);
    return beating;
  };
  await expect.poll(() => inBooks(instance)?.agentConnected, { timeout: TIMEOUT_MS }).toBe(true);
  return { link, instance, beat };
}

describe('an agent that is gone', () => {
  it('loses its instance, its tasks are stopped, and takes tasks again only when it has cleaned up', async () => {
    const { link, instance, beat } = await joined(1);
    (await joined(2)).beat();
    const beating = beat();
    await commit(placed(TASK, instance));
    clearInterval(beating);
    await expect.poll(() => inBooks(instance)?.agentConnected, { timeout: TIMEOUT_MS }).toBe(false);
    // Disconnected, its tasks go on in the books.
    expect(runtime.fold.state.tasks.get(TASK)?.desiredStatus).toBe('RUNNING');
    await expect.poll(() => inBooks(instance)?.lostAt, { timeout: TIMEOUT_MS }).toBeDefined();
    expect(runtime.fold.state.tasks.has(TASK)).toBe(false);
    expect(inBooks(instance)?.statusReason).toContain('was away for too long');

    beat();
    await expect.poll(() => inBooks(instance)?.agentConnected, { timeout: TIMEOUT_MS }).toBe(true);
    const lostAt = inBooks(instance)?.lostAt ?? 0;
    const work = await link.request('work', { cluster: CLUSTER }, TIMEOUT_MS);
    expect(work).toMatchObject({ tasks: [], lostAt });
    const { position: stale } = await link.request('recovered', { cluster: CLUSTER, lostAt: lostAt - 1 }, TIMEOUT_MS);
    await runtime.fold.reached(stale.sequence, TIMEOUT_MS);
    expect(inBooks(instance)?.lostAt).toBe(lostAt);
    const recovered = { cluster: CLUSTER, seen: work.position, lostAt };
    const { position } = await link.request('recovered', recovered, TIMEOUT_MS);
    await runtime.fold.reached(position.sequence, TIMEOUT_MS);
    expect(inBooks(instance)).not.toHaveProperty('lostAt');
    expect(await link.request('work', { cluster: CLUSTER }, TIMEOUT_MS)).not.toHaveProperty('lostAt');
    // The answer may have been lost.
    await link.request('recovered', recovered, TIMEOUT_MS);
    expect(runtime.fold.lastSequenceOf(('journal.instance.sea.' + instance) as never)).toBe(position.sequence);
  });

  it('is not given up while too many are away with it', async () => {
    const there = await Promise.all([3, 4, 5].map((number) => joined(number)));
    const gone = there.slice(0, 2).map(({ instance }) => instance);
    there[2]?.beat();
    const agents = gone.map((instance) => () => inBooks(instance)?.agentConnected);
    for (const connected of agents) await expect.poll(connected, { timeout: TIMEOUT_MS }).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 3 * config.lossGraceMs));
    expect(gone.map((instance) => inBooks(instance)?.lostAt)).toEqual([undefined, undefined]);
    // One of them is back: the other was alone after all.
    there[0]?.beat();
    await expect.poll(() => inBooks(gone[1] ?? there[1]!.instance)?.lostAt, { timeout: TIMEOUT_MS }).toBeDefined();
    expect(inBooks(gone[0] ?? there[0]!.instance)).not.toHaveProperty('lostAt');
  });
});
