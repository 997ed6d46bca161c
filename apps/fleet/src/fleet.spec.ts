import { clusterName, type DomainEvent, taskId, type TasksPlaced, transactionId } from '@stowage/domain';
import type { RunningApp } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../test/support/runtime';
import { AgentSideConfig } from '../../cluster-manager/src/shell/agents/config';
import { startAgentSide } from '../../cluster-manager/src/testing/start-agent-side';
import { type FleetOptions } from './core/fleet-options';
import { type Fleet, startFleet } from './fleet';

const CLUSTER = clusterName('fleet');
/** Cluster without the unreachable instances of the other tests. */
const APART = clusterName('apart');
const TIMEOUT = { timeout: 10_000, interval: 10 };
const QUICK: Partial<FleetOptions> = {
  cluster: CLUSTER,
  startMs: { from: 1, to: 20 },
  stopMs: { from: 1, to: 20 },
  heartbeatMs: 50,
};

let runtime: TestRuntime;
let managers: readonly RunningApp[];
let fleet: Fleet | undefined;
let placed = 0;

beforeAll(async () => {
  runtime = await testRuntime();
  const config = Object.assign(new AgentSideConfig(), {
    leaseMs: 400,
    leaseCheckMs: 20,
    massMinimum: 100,
    lossGraceMs: 1_200,
  });
  managers = [await startAgentSide(runtime, config), await startAgentSide(await runtime.another(), config)];
  await commit(
    ...[CLUSTER, APART].map((cluster): DomainEvent => ({
      type: 'ClusterCreated',
      version: 1,
      cluster,
      settings: [],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
      tags: [],
    })),
    {
      type: 'TaskDefinitionRegistered',
      version: 1,
      family: 'app',
      revision: 1,
      definition: {
        family: 'app',
        containerDefinitions: [{ name: 'web', image: 'busybox', portMappings: [{ containerPort: 80 }] }],
      },
      tags: [],
      registeredBy: 'root',
    },
  );
});
afterEach(() => fleet?.close());
afterAll(async () => {
  await Promise.all(managers.map((each) => each.close()));
  await runtime.close();
});

async function commit(...events: readonly DomainEvent[]): Promise<void> {
  const origin = { expectations: [], at: 1, actor: 'service:test', cause: 'test' };
  const { sequence } = await runtime.journal.commit({ id: transactionId(uuidv7()), events, ...origin });
  await runtime.fold.reached(sequence, TIMEOUT.timeout);
}

/** Places one task on each of the fleet's instances. */
async function placeOnEach({ instances }: Fleet, cluster = CLUSTER): Promise<void> {
  const container = { id: 'c', name: 'web', image: 'busybox', cpu: '0', memory: '6', essential: true };
  for (const instance of instances) {
    placed += 1;
    const event: TasksPlaced = {
      type: 'TasksPlaced',
      version: 1,
      cluster,
      instance,
      tasks: [
        {
          id: taskId(placed.toString(16).padStart(32, 'f')),
          taskDefinition: { family: 'app', revision: 1 },
          containers: [{ ...container, hasHealthCheck: false }],
          overrides: {},
          resources: { cpu: 0, memory: 6, ports: [], portsUdp: [], gpus: [] },
          cpu: '0',
          memory: '6',
          group: 'family:app',
          launchType: 'EC2',
          tags: [],
          enableExecuteCommand: false,
        },
      ],
    };
    await commit(event);
  }
}

const tasks = () => [...runtime.fold.state.tasks.values()];
const connected = ({ instances }: Fleet): number =>
  instances.filter((id) => runtime.fold.state.instances.get(id)?.agentConnected).length;

describe('a fleet', () => {
  it('takes tasks from their start to their end', async () => {
    const own = (fleet = await startFleet(runtime.nats, { ...QUICK, instances: 10, seed: 1 }));
    await vi.waitFor(() => expect(connected(own)).toBe(10), TIMEOUT);
    await placeOnEach(own);
    await vi.waitFor(() => {
      expect(tasks()).toHaveLength(10);
      expect(tasks().every(({ lastStatus }) => lastStatus === 'RUNNING')).toBe(true);
    }, TIMEOUT);
    expect(tasks()[0]).toMatchObject({
      containers: [{ lastStatus: 'RUNNING', networkBindings: [{ containerPort: 80, hostPort: 32_768 }] }],
    });
    expect(own.stats()).toMatchObject({ registered: 10, running: 10, started: 10, failed: 0 });
    const [stopCode, stoppedReason] = ['UserInitiated', 'enough'] as const;
    for (const { id, instance } of tasks()) {
      const about = { version: 1, cluster: CLUSTER, instance, task: id } as const;
      await commit({ ...about, type: 'TaskStopRequested', stopCode, stoppedReason });
    }
    await vi.waitFor(() => expect(tasks()).toEqual([]), TIMEOUT);
    expect(own.stats()).toMatchObject({ running: 0, stopped: 10 });
  });

  it('ends tasks that fail, with the reason', async () => {
    const ends: unknown[] = [];
    const stop = runtime.fold.onTransaction(({ events }) => {
      for (const { event } of events) if (event.type === 'TaskStopped') ends.push(event.stopCode);
    });
    const own = (fleet = await startFleet(runtime.nats, { ...QUICK, instances: 10, seed: 2, failRate: 1 }));
    await placeOnEach(own);
    await vi.waitFor(() => expect(ends).toHaveLength(10), TIMEOUT);
    stop();
    expect(new Set(ends)).toEqual(new Set(['TaskFailedToStart', 'EssentialContainerExited']));
    expect(own.stats()).toMatchObject({ failed: 10, running: 0 });
  });

  it('disconnects an instance for a while, which then catches up', async () => {
    const own = (fleet = await startFleet(runtime.nats, { ...QUICK, instances: 3, seed: 3 }));
    const [instance] = own.instances;
    if (!instance) throw new Error('It has instances.');
    await vi.waitFor(() => expect(connected(own)).toBe(3), TIMEOUT);
    own.disconnect(instance, 1_000);
    await vi.waitFor(() => expect(runtime.fold.state.instances.get(instance)?.agentConnected).toBe(false), TIMEOUT);
    await placeOnEach(own);
    await vi.waitFor(() => expect(own.stats().running).toBe(2), TIMEOUT);
    expect(connected(own)).toBe(2);
    await vi.waitFor(() => expect(connected(own)).toBe(3), TIMEOUT);
    await vi.waitFor(() => expect(own.stats().running).toBe(3), TIMEOUT);
  });

  it('gets a lost instance back when nothing of its tasks is left', async () => {
    const own = (fleet = await startFleet(runtime.nats, { ...QUICK, cluster: APART, instances: 3, seed: 5 }));
    const [instance] = own.instances;
    if (!instance) throw new Error('It has instances.');
    const inBooks = () => runtime.fold.state.instances.get(instance);
    await vi.waitFor(() => expect(connected(own)).toBe(3), TIMEOUT);
    await placeOnEach(own, APART);
    await vi.waitFor(() => expect(own.stats().running).toBe(3), TIMEOUT);
    own.disconnect(instance, 2_500);
    await vi.waitFor(() => expect(inBooks()?.lostAt).toBeDefined(), TIMEOUT);
    expect(runtime.fold.state.tasksOn(instance).size).toBe(0);
    await vi.waitFor(() => expect(inBooks()?.lostAt).toBeUndefined(), TIMEOUT);
    expect(own.stats().running).toBe(2);
    await vi.waitFor(() => expect(connected(own)).toBe(3), TIMEOUT);
  });

  it('keeps its identity and its tasks after a restart', async () => {
    const options = { ...QUICK, instances: 3, seed: 4 };
    const first = await startFleet(runtime.nats, options);
    await placeOnEach(first);
    await vi.waitFor(() => expect(first.stats().running).toBe(3), TIMEOUT);
    first.close();
    const again = (fleet = await startFleet(runtime.nats, options));
    expect(again.instances).toEqual(first.instances);
    expect(again.stats()).toMatchObject({ running: 3, started: 0 });
  });
});
