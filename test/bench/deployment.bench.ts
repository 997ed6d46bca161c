import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeClustersCommand,
  DescribeTasksCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { imageName } from '../../apps/stowage/src/demo/images';
import { cpuSecondsOf } from '../support/app-process';
import { TestStowage } from '../support/stowage';
import { busyboxImage } from '../support/tasks';
import { DockerFloor, PARALLELISMS, secondsOf } from './docker-floor';
import { startFleetProcess } from './fleet-process';
import { Figures, median, percentile } from './figures';

const RATE_PER_SECOND = 50;
const RATE_SECONDS = 20;
const FLEET_OF_RATE = 50;
const TASKS = 30;
const RUN_TASK_MAX = 10;
const ROUNDS = 3;
const REST_SECONDS = 10;
const FLEET = 1_000;

/** Measures `npm start` from outside, as users run it. Each figure has its floor or its peer from the same run. */
describe('a deployment on one machine', () => {
  const figures = new Figures();
  const floor = new DockerFloor();
  let stowage: TestStowage;
  let ecs: ECSClient;
  const fleets: ChildProcess[] = [];

  beforeAll(async () => {
    await busyboxImage();
    stowage = await TestStowage.at();
    // This start includes installation and build, which are not measured.
    await stowage.start();
  });
  beforeEach(() => {
    ecs = stowage.ecs();
  });
  afterAll(async () => {
    for (const fleet of fleets) fleet.kill('SIGKILL');
    stowage.reset();
    await floor.clear();
    figures.print();
  });

  it('starts', async () => {
    const [first, second]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      stowage.reset();
      first.push(await secondsOf(() => stowage.start()));
      await stowage.end('SIGTERM');
      second.push(await secondsOf(() => stowage.start()));
    }
    figures.add('first start to ready', `${median(first).toFixed(1)} s`, `of ${list(first)}`);
    figures.add('second start to ready', `${median(second).toFixed(1)} s`, `of ${list(second)}`);
  });

  it('is idle', async () => {
    await delay(5_000);
    for (const { name, mib } of memory())
      figures.add(`memory of ${name} at rest`, `${mib.toFixed(0)} MiB`, 'shared memory in equal parts');
  });

  it('starts thirty tasks', async () => {
    // The containers ignore SIGTERM, and the wait for SIGKILL is not measured.
    const [image, command] = [imageName('busybox'), ['sleep', '3600']];
    const container = { name: 'main', image, command, memory: 8, stopTimeout: 2 };
    await ecs.send(new RegisterTaskDefinitionCommand({ family: 'thirty', containerDefinitions: [container] }));
    const ours: number[] = [];
    const direct = new Map(PARALLELISMS.map((parallelism) => [parallelism, [] as number[]]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const parallelism of PARALLELISMS) {
        ours.push(await throughStowage());
        direct.get(parallelism)?.push(await floor.seconds(TASKS, parallelism));
      }
    }
    const medians = [...direct].map(([parallelism, took]) => ({ parallelism, took: median(took) }));
    const best = medians.toSorted((a, b) => a.took - b.took)[0]!;
    const each = medians.map(({ parallelism, took }) => `${String(parallelism)} at a time ${took.toFixed(2)} s`);
    figures.add(`${TASKS} tasks, RunTask to all RUNNING`, `${median(ours).toFixed(2)} s`, `of ${list(ours)}`);
    figures.add(`${TASKS} containers through dockerode`, `${best.took.toFixed(2)} s`, each.join(', '));
    figures.add('ratio', (median(ours) / best.took).toFixed(2), 'aim: at most 1.25');
  });

  it('answers RunTask at a steady rate', async () => {
    await startFleet(FLEET_OF_RATE, 'rate');
    const container = { name: 'main', image: 'simulated', memory: 8 };
    await ecs.send(new RegisterTaskDefinitionCommand({ family: 'rate', containerDefinitions: [container] }));
    const reads = await atSteadyRate(async () => {
      await ecs.send(new DescribeClustersCommand({ clusters: ['rate'] }));
    });
    const runs = await atSteadyRate(async () => {
      const { tasks = [] } = await ecs.send(new RunTaskCommand({ cluster: 'rate', taskDefinition: 'rate' }));
      expect(tasks).toHaveLength(1);
    });
    const of = `${String(RATE_PER_SECOND)}/s for ${String(RATE_SECONDS)} s, open loop`;
    const beside = `DescribeClusters the same way: p50 ${ms(reads, 0.5)}, p99 ${ms(reads, 0.99)}`;
    figures.add('RunTask over HTTP, p50', ms(runs, 0.5), of);
    figures.add('RunTask over HTTP, p99', ms(runs, 0.99), `most ${ms(runs, 1)}; ${beside}`);
  });

  it('serves a fleet', async () => {
    const began = performance.now();
    await startFleet(FLEET, 'fleet');
    const registered = ((performance.now() - began) / 1_000).toFixed(1);
    await delay(REST_SECONDS * 1_000);
    const before = memory();
    await delay(REST_SECONDS * 1_000);
    const after = new Map(memory().map((each) => [each.name, each]));
    for (const { name, cpu } of before) {
      const now = after.get(name);
      const share = (((now?.cpu ?? NaN) - cpu) / REST_SECONDS) * 100;
      figures.add(
        `${name} with ${String(FLEET)} instances at rest`,
        `${(now?.mib ?? NaN).toFixed(0)} MiB`,
        `${share.toFixed(1)} % of a core; all of them registered after ${registered} s`,
      );
    }
  });

  /**
   * Sends `RATE_PER_SECOND` requests a second without waiting for answers. Returns milliseconds since each request was
   * due.
   */
  async function atSteadyRate(ask: () => Promise<void>): Promise<readonly number[]> {
    const took: number[] = [];
    const began = performance.now();
    const running: Promise<void>[] = [];
    for (let asked = 0; asked < RATE_PER_SECOND * RATE_SECONDS; asked += 1) {
      const due = began + (asked * 1_000) / RATE_PER_SECOND;
      await delay(Math.max(0, due - performance.now()));
      running.push(ask().then(() => void took.push(performance.now() - due)));
    }
    await Promise.all(running);
    return took;
  }

  async function throughStowage(): Promise<number> {
    const tasks: string[] = [];
    const took = await secondsOf(async () => {
      const count = RUN_TASK_MAX;
      const asked = Array.from({ length: TASKS / RUN_TASK_MAX }, () =>
        ecs.send(new RunTaskCommand({ taskDefinition: 'thirty', count })),
      );
      for (const { tasks: run = [] } of await Promise.all(asked)) tasks.push(...run.map(({ taskArn = '' }) => taskArn));
      expect(tasks).toHaveLength(TASKS);
      while (!(await all(tasks, 'RUNNING'))) await delay(100);
    });
    for (const task of tasks) await ecs.send(new StopTaskCommand({ task }));
    while (!(await all(tasks, 'STOPPED'))) await delay(100);
    return took;
  }

  async function all(tasks: string[], status: string): Promise<boolean> {
    const described = await ecs.send(new DescribeTasksCommand({ tasks }));
    return described.tasks?.every(({ lastStatus }) => lastStatus === status) ?? false;
  }

  async function startFleet(instances: number, cluster: string): Promise<void> {
    fleets.push(await startFleetProcess({ ecs, stowage }, instances, cluster));
  }

  /** Memory of each process of the deployment, with Postgres's children. The user started the supervisor. */
  function memory(): readonly { readonly name: string; readonly mib: number; readonly cpu: number }[] {
    return [{ pid: stowage.pid, name: 'supervisor' }, ...ownProcesses(stowage.data)].map(({ pid, name }) => {
      const pids = [pid, ...childrenOf(pid).filter(() => name === 'postgres')];
      const sum = (of: (each: number) => number): number => pids.reduce((total, each) => total + of(each), 0);
      return { name, mib: sum(residentMib), cpu: sum(cpuSecondsOf) };
    });
  }
});

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Shared memory is divided equally among the processes that share it. */
function residentMib(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) / 1024;
}

const list = (seconds: readonly number[]): string => seconds.map((each) => each.toFixed(1)).join(', ');
const ms = (samples: readonly number[], share: number): string => `${percentile(samples, share).toFixed(1)} ms`;
