import { type ClusterName, clusterName, type InstanceId, instanceId, transactionId } from '@stowage/domain';
import { AgentLink, type RunningApp } from '@stowage/runtime';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent } from '../../apps/agent/src/app';
import { AgentConfig } from '../../apps/agent/src/config';
import { AgentLinkControlPlane } from '../../apps/agent/src/shell/control-plane/agent-link-control-plane';
import { DockerEngine } from '../../apps/agent/src/shell/containers/docker-engine';
import { AgentSideConfig } from '../../apps/cluster-manager/src/shell/agents/config';
import { startAgentSide } from '../../apps/cluster-manager/src/testing/start-agent-side';
import { startFleet } from '../../apps/fleet/src/fleet';
import { type TestRuntime, testRuntime } from '../support/runtime';

const CLUSTER: ClusterName = clusterName('short');
/** Much shorter than the default of 30 s, from which an agent's interval once was taken. */
const LEASE_MS = 1_500;

let runtime: TestRuntime;
let manager: RunningApp;
const disconnected: InstanceId[] = [];

beforeAll(async () => {
  runtime = await testRuntime();
  const config = Object.assign(new AgentSideConfig(), { leaseMs: LEASE_MS, leaseCheckMs: 20, massMinimum: 100 });
  manager = await startAgentSide(runtime, config);
  const origin = { expectations: [], at: Date.now(), actor: 'service:test', cause: 'test' };
  const about = { type: 'ClusterCreated', version: 1, cluster: CLUSTER, settings: [], tags: [] } as const;
  const created = { ...about, capacityProviders: [], defaultCapacityProviderStrategy: [] };
  await runtime.journal.commit({ id: transactionId(uuidv7()), events: [created], ...origin });
  runtime.fold.onTransaction(({ events }) => {
    for (const { event } of events) {
      if (event.type === 'InstanceConnectionChanged' && !event.connected) disconnected.push(event.instance);
    }
  });
});
afterAll(async () => {
  await manager.close();
  await runtime.close();
});

const isConnected = (instance: InstanceId): boolean =>
  runtime.fold.state.instances.get(instance)?.agentConnected === true;

describe('a manager with a short lease', () => {
  it('keeps an agent with default settings connected', async () => {
    const agentDataDir = await mkdtemp(join(tmpdir(), 'stowage-agent-'));
    const config = Object.assign(new AgentConfig(), { agentDataDir, agentBindIp: '127.0.0.1' });
    const instance = instanceId('b'.repeat(32));
    const agent = startAgent({
      config,
      identity: { cluster: CLUSTER, instance },
      controlPlane: new AgentLinkControlPlane(new AgentLink(runtime.nats, instance), config.agentRequestTimeoutMs),
      engine: new DockerEngine({ socketPath: config.agentDockerSocket, answerTimeoutMs: config.agentDockerAnswerMs }),
      logger: pino({ level: 'silent' }),
      now: Date.now,
    });
    try {
      await expect.poll(() => isConnected(instance), { timeout: 20_000 }).toBe(true);
      await delay(3 * LEASE_MS);
      expect(disconnected).toEqual([]);
    } finally {
      await agent.close();
      await rm(agentDataDir, { recursive: true, force: true });
    }
  });

  it('keeps a fleet with default settings connected', async () => {
    const fleet = await startFleet(runtime.nats, { cluster: CLUSTER, instances: 3 });
    await expect.poll(() => fleet.instances.every(isConnected)).toBe(true);
    disconnected.splice(0);
    await delay(3 * LEASE_MS);
    expect(disconnected.filter((instance) => fleet.instances.includes(instance))).toEqual([]);
    fleet.close();
  });
});
