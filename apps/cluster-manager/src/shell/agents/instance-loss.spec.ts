import { type DomainEvent, type InstanceId, instanceId, taskId, transactionId } from '@stowage/domain';
import { AgentLink } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../../../test/support/runtime';
import { furtherPasses } from '../../../../../test/support/waits';
import { CLUSTER, clusterCreated, defined, placed, registerRequest } from '../../testing/agent-history';
import { type RunningAgentSide, startAgentSide } from '../../testing/start-agent-side';
import { AgentSideConfig } from './config';

const TIMEOUT_MS = 5_000;
const TASK = taskId('a'.repeat(32));
const config = Object.assign(new AgentSideConfig(), { leaseMs: 1_000, leaseCheckMs: 20, lossGraceMs: 400 });
const beats: NodeJS.Timeout[] = [];
let runtime: TestRuntime;
let managers: readonly RunningAgentSide[] = [];

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

interface Beating {
  readonly instance: InstanceId;
  readonly link: AgentLink;
  readonly beat: () => void;
  readonly silence: () => void;
}

/** Starts a connected agent, which sends heartbeats until it is silenced. */
async function joined(number: number): Promise<Beating> {
  const instance = instanceId(String(number).padStart(32, '0'));
  const link = new AgentLink(runtime.nats, instance);
  expect(await link.request('register', registerRequest, TIMEOUT_MS)).toMatchObject({ accepted: true });
  let beating: NodeJS.Timeout | undefined;
  const beat = (): void => {
    beating = setInterval(() => {
      link.request('heartbeat', { cluster: CLUSTER }, TIMEOUT_MS).catch(() => undefined);
    }, 50);
    beats.push(beating);
  };
  beat();
  await expect.poll(() => inBooks(instance)?.agentConnected, { timeout: TIMEOUT_MS }).toBe(true);
  return { instance, link, beat, silence: () => clearInterval(beating) };
}

describe('an agent that is gone', () => {
  it('loses its instance, its tasks are stopped, and it gets tasks again only after its cleanup', async () => {
    const { link, instance, beat, silence } = await joined(1);
    await joined(2);
    await commit(placed(TASK, instance));
    silence();
    await expect.poll(() => inBooks(instance)?.agentConnected, { timeout: TIMEOUT_MS }).toBe(false);
    // The tasks of a disconnected instance continue in the state.
    expect(runtime.fold.state.tasks.get(TASK)?.desiredStatus).toBe('RUNNING');
    await expect.poll(() => inBooks(instance)?.lostAt, { timeout: TIMEOUT_MS }).toBeDefined();
    expect(runtime.fold.state.tasks.has(TASK)).toBe(false);
    expect(inBooks(instance)?.statusReason).toContain('was disconnected for too long');

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
    // The agent repeats the request, because its answer may have been lost.
    await link.request('recovered', recovered, TIMEOUT_MS);
    expect(runtime.fold.lastSequenceOf(('journal.instance.sea.' + instance) as never)).toBe(position.sequence);
  });

  it('does not lose its instance while too many others are gone', async () => {
    const [one, other] = [await joined(3), await joined(4)];
    await joined(5);
    for (const { silence } of [one, other]) silence();
    const lostAt = ({ instance }: Beating): number | undefined => inBooks(instance)?.lostAt;
    for (const { instance } of [one, other]) {
      await expect.poll(() => inBooks(instance)?.agentConnected, { timeout: TIMEOUT_MS }).toBe(false);
    }
    const graceChecks = (3 * config.lossGraceMs) / config.leaseCheckMs;
    await Promise.all(managers.map(({ checks }) => furtherPasses(checks, graceChecks)));
    expect([one, other].map(lostAt)).toEqual([undefined, undefined]);
    // One of them is back, so the other one is a single loss.
    one.beat();
    await expect.poll(() => lostAt(other), { timeout: TIMEOUT_MS }).toBeDefined();
    expect(lostAt(one)).toBeUndefined();
  });
});
