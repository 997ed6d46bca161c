import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterName, type DomainEvent, type Ecs, seededRandom, taskId, transactionId } from '@stowage/domain';
import { type OperationRequest, OwnersClient } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from '../../apps/fleet/src/fleet';
import { decideRunTask } from '../../apps/scheduler/src/core/run-task';
import type { TaskIds } from '../../apps/scheduler/src/core/task-template';
import { AppProcess, cpuSecondsOf } from '../support/app-process';
import { NatsServer } from '../support/nats-server';
import { type TestRuntime, testRuntime } from '../support/runtime';

const INSTANCES = 1_000;
const CLUSTER = clusterName('bench');
const RATE_PER_SECOND = 50;
const RATE_SECONDS = 20;
const BURST = 3_000;
const BURST_IN_FLIGHT = 64;
const REST_SECONDS = 20;
const TIMEOUT_MS = 10_000;

describe('placement on a fleet', () => {
  let nats: NatsServer;
  let dataDir: string;
  let runtime: TestRuntime;
  let apps: Readonly<Record<'scheduler' | 'cluster-manager', AppProcess>>;
  let fleet: Fleet;

  beforeAll(async () => {
    nats = await NatsServer.start({ sync: 'always' });
    dataDir = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
    runtime = await testRuntime({ server: nats });
    apps = { scheduler: await appOf('scheduler'), 'cluster-manager': await appOf('cluster-manager') };
    await commit(clusterCreated, defined);
    const began = performance.now();
    fleet = await startFleet(runtime.nats, { cluster: CLUSTER, instances: INSTANCES, memory: 1_000_000 });
    await until(() => [...runtime.fold.state.instances.values()].every(({ agentConnected }) => agentConnected));
    report(`${INSTANCES} instances registered and connected in ${ms(began)} ms`);
  });
  afterAll(async () => {
    fleet.close();
    for (const app of Object.values(apps)) {
      await app.end('SIGTERM');
      if (app.log.includes('"level":50')) report(app.log.slice(0, 2_000));
    }
    await runtime.close();
    await nats.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('decides, without a network', () => {
    const ids: TaskIds = { task: taskId('0'.repeat(32)), container: () => 'c' };
    const decide = (memory: number, times: number): number => {
      const began = performance.now();
      for (let seed = 0; seed < times; seed += 1) {
        const overrides = { containerOverrides: [{ name: 'web', memory }] };
        const decision = decideRunTask(
          { cluster: CLUSTER, taskDefinition: { family: 'app' }, input: { taskDefinition: 'app', overrides } },
          { state: runtime.fold.state, random: seededRandom(seed), ids: [ids] },
        );
        expect(decision.kind).toBe('decided');
      }
      return times / ((performance.now() - began) / 1_000);
    };
    decide(6, 2_000);
    report(`decisions: ${decide(6, 5_000).toFixed(0)}/s with room, ${decide(2_000_000, 500).toFixed(0)}/s refused`);
  });

  it('answers at a steady rate', async () => {
    const owners = new OwnersClient(runtime.nats);
    const took: number[] = [];
    const began = performance.now();
    const running: Promise<void>[] = [];
    for (let asked = 0; asked < RATE_PER_SECOND * RATE_SECONDS; asked += 1) {
      await delay(Math.max(0, began + (asked * 1_000) / RATE_PER_SECOND - performance.now()));
      running.push(runTask(owners, took));
    }
    await Promise.all(running);
    report(`RunTask at ${RATE_PER_SECOND}/s: ${percentiles(took)}`);
    await until(() => fleet.stats().running === RATE_PER_SECOND * RATE_SECONDS);
  });

  it('answers a burst', async () => {
    const owners = new OwnersClient(runtime.nats);
    const took: number[] = [];
    const cpu = cpuNow();
    const began = performance.now();
    let left = BURST;
    const work = async (): Promise<void> => {
      while (left-- > 0) await runTask(owners, took);
    };
    await Promise.all(Array.from({ length: BURST_IN_FLIGHT }, work));
    const perSecond = BURST / ((performance.now() - began) / 1_000);
    report(`RunTask, ${BURST_IN_FLIGHT} in flight: ${perSecond.toFixed(0)}/s, ${percentiles(took)}`);
    await until(() => fleet.stats().running === BURST + RATE_PER_SECOND * RATE_SECONDS);
    const spent = cpuNow().map((now, at) => (((now - (cpu[at] ?? 0)) * 1e6) / BURST).toFixed(0));
    report(`processor time a task, in µs: scheduler, manager, NATS, fleet and asker: ${spent.join(', ')}`);
    report(`all RUNNING ${ms(began)} ms after the first was asked for; ${fleet.stats().retries} retries`);
  });

  it('rests', async () => {
    const before = Object.entries(apps).map(([name, app]) => [name, app, app.cpuSeconds] as const);
    await delay(REST_SECONDS * 1_000);
    for (const [name, app, cpu] of before) {
      report(`${name} at rest: ${(((app.cpuSeconds - cpu) / REST_SECONDS) * 100).toFixed(1)} % of a core`);
    }
    expect(fleet.stats().registered).toBe(INSTANCES);
  });

  /** Seconds. */
  function cpuNow(): readonly number[] {
    const apart = Object.values(apps).map(({ cpuSeconds }) => cpuSeconds);
    return [...apart, cpuSecondsOf(nats.pid ?? 0), cpuSecondsOf(process.pid)];
  }

  async function appOf(name: 'scheduler' | 'cluster-manager'): Promise<AppProcess> {
    const app = await AppProcess.start(name, { STOWAGE_NATS_URLS: nats.url, STOWAGE_DATA_DIR: join(dataDir, name) });
    await until(() => app.log.includes('ready'));
    return app;
  }

  async function commit(...events: readonly DomainEvent[]): Promise<void> {
    const origin = { expectations: [], at: 1, actor: 'service:bench', cause: 'bench' };
    await runtime.journal.commit({ id: transactionId(uuidv7()), events, ...origin });
  }

  async function runTask(owners: OwnersClient, took: number[]): Promise<void> {
    const began = performance.now();
    const request: OperationRequest<Ecs.RunTaskRequest> = {
      operation: 'RunTask',
      input: { cluster: CLUSTER, taskDefinition: 'app' },
      caller: { principal: 'arn:aws:iam::123456789012:root', requestId: uuidv7() },
      atLeast: await runtime.journal.lastSequence(),
      receivedAt: Date.now(),
    };
    const reply = await owners.askOwner<Ecs.RunTaskResponse>('scheduler', request, TIMEOUT_MS);
    took.push(performance.now() - began);
    if (!reply.ok || reply.output.tasks?.length !== 1) throw new Error(JSON.stringify(reply).slice(0, 500));
  }
});

const clusterCreated: DomainEvent = {
  type: 'ClusterCreated',
  version: 1,
  cluster: CLUSTER,
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
};

const defined: DomainEvent = {
  type: 'TaskDefinitionRegistered',
  version: 1,
  family: 'app',
  revision: 1,
  definition: {
    family: 'app',
    containerDefinitions: [{ name: 'web', image: 'busybox', memory: 64, portMappings: [{ containerPort: 80 }] }],
    requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
    compatibilities: ['EXTERNAL', 'EC2'],
  },
  tags: [],
  registeredBy: 'root',
};

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('It did not come about in time.');
    await delay(10);
  }
}

function percentiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`;
}

const ms = (began: number): string => (performance.now() - began).toFixed(0);

function report(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
