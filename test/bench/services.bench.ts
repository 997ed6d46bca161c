import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateServiceCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  type ECSClient,
  ListContainerInstancesCommand,
  waitUntilServicesInactive,
} from '@aws-sdk/client-ecs';
import { readConfig, type Runtime, RuntimeConfig, startRuntime } from '@stowage/runtime';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { reconcile } from '../../apps/service-controller/src/core/reconcile';
import { situationOf } from '../../apps/service-controller/src/core/situation';
import { RECONCILE_DEFAULTS } from '../../apps/service-controller/src/core/terms';
import { imageName } from '../../apps/stowage/src/demo/images';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { AppProcess } from '../support/app-process';
import { TestServices } from '../support/services';
import { TestStowage } from '../support/stowage';
import { busyboxImage, docker } from '../support/tasks';
import { DockerFloor, PARALLELISMS, secondsOf } from './docker-floor';
import { Figures, median } from './figures';
import { startFleetProcess } from './fleet-process';

const REPLICAS = 30;
const ROUNDS = 3;
const FLEET = 500;
const SERVICES = 1_000;
const TASKS_PER_SERVICE = 5;
const CREATES_IN_FLIGHT = 16;
const IDLE_SECONDS = 20;
const WAIT_MS = 300_000;
const INACTIVE = { minDelay: 1, maxDelay: 1, maxWaitTime: 120 };

/** Measures services of `npm start` from outside, as users run it. Each figure has its floor from the same run. */
describe('services', () => {
  const figures = new Figures();
  const floor = new DockerFloor();
  let stowage: TestStowage;
  let ecs: ECSClient;
  let services: TestServices;
  let fleet: ChildProcess | undefined;
  let floorSeconds = NaN;

  beforeAll(async () => {
    await busyboxImage();
    stowage = await TestStowage.at();
    await stowage.start();
    ecs = stowage.ecs();
    services = new TestServices(ecs, 'default');
  });
  afterAll(async () => {
    fleet?.kill('SIGKILL');
    stowage.reset();
    await floor.clear();
    figures.print();
  });

  // The containers ignore SIGTERM, and the wait for SIGKILL is not measured.
  const container = { image: 'busybox', command: ['sleep', '3600'], memory: 8, stopTimeout: 2 };
  const define = (family: string) => services.define(family, { ...container, image: imageName('busybox') });

  it('starts thirty replicas, and replaces them all', async () => {
    const direct = new Map<number, number[]>(PARALLELISMS.map((parallelism) => [parallelism, []]));
    const [created, updated]: [number[], number[]] = [[], []];
    await define('thirty');
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const parallelism of PARALLELISMS) {
        direct.get(parallelism)?.push(await floor.seconds(REPLICAS, parallelism));
      }
      created.push(
        await secondsOf(async () => {
          await services.create('thirty', { desiredCount: REPLICAS });
          await services.until('thirty', ({ runningCount }) => runningCount === REPLICAS, WAIT_MS);
        }),
      );
      updated.push(
        await secondsOf(async () => {
          await services.update('thirty', { forceNewDeployment: true });
          await services.until('thirty', ({ deployments }) => deployments?.[0]?.runningCount === REPLICAS, WAIT_MS);
        }),
      );
      await services.remove('thirty');
      await waitUntilServicesInactive({ client: ecs, ...INACTIVE }, { services: ['thirty'] });
    }
    const medians = [...direct].map(([parallelism, took]) => ({ parallelism, took: median(took) }));
    const each = medians.map(({ parallelism, took }) => `${String(parallelism)} at a time ${took.toFixed(2)} s`);
    floorSeconds = Math.min(...medians.map(({ took }) => took));
    figures.add(`${String(REPLICAS)} containers through dockerode`, `${floorSeconds.toFixed(2)} s`, each.join(', '));
    for (const [what, took] of [
      ['CreateService to all RUNNING', created],
      ['forced update to all new ones RUNNING', updated],
    ] as const) {
      const all = took.map((one) => one.toFixed(1)).join(', ');
      figures.add(`${String(REPLICAS)} replicas, ${what}`, `${median(took).toFixed(2)} s`, `of ${all}`);
      figures.add(`${what}, ratio to dockerode`, (median(took) / floorSeconds).toFixed(2), 'aim: at most 1.25');
    }
  });

  it('replaces a container that was killed, and detects a silent agent', async () => {
    await define('fallible');
    await services.create('fallible', { desiredCount: 1 });
    await services.steady('fallible', WAIT_MS);
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [task] = await services.tasks('fallible');
      const id = task?.containers?.[0]?.runtimeId ?? '';
      took.push(
        await secondsOf(async () => {
          docker('kill', id);
          await services.untilTasks('fallible', (tasks) =>
            tasks.some(({ taskArn, lastStatus }) => taskArn !== task?.taskArn && lastStatus === 'RUNNING'),
          );
        }),
      );
    }
    const all = took.map((one) => one.toFixed(2)).join(', ');
    figures.add('container killed to replacement RUNNING', `${median(took).toFixed(2)} s`, `of ${all}`);
    const agent = ownProcesses(stowage.data).find(({ name }) => name === 'agent-1')?.pid ?? 0;
    // The agent is stopped with SIGSTOP, because the supervisor restarts a killed one within a second.
    process.kill(agent, 'SIGSTOP');
    const silent = await secondsOf(async () => {
      while (await isConnected()) await delay(50);
    });
    process.kill(agent, 'SIGCONT');
    figures.add('agent stopped to agentConnected false', `${silent.toFixed(1)} s`, 'its lease: 30 s');
    await services.remove('fallible');
  });

  it('keeps a thousand services', async () => {
    fleet = await startFleetProcess({ ecs, stowage }, FLEET, 'thousand');
    const many = new TestServices(ecs, 'thousand');
    await many.define('small', { image: 'simulated', memory: 8 });
    const began = performance.now();
    const names = Array.from({ length: SERVICES }, (_, at) => `service-${String(at)}`);
    const createAll = async (): Promise<void> => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const asked = { cluster: 'thousand', serviceName: name, taskDefinition: 'small' };
        await ecs.send(new CreateServiceCommand({ ...asked, desiredCount: TASKS_PER_SERVICE }));
      }
    };
    await Promise.all(Array.from({ length: CREATES_IN_FLIGHT }, createAll));
    const createdAfter = (performance.now() - began) / 1_000;
    while ((await runningIn('thousand')) < SERVICES * TASKS_PER_SERVICE) await delay(100);
    const steadyAfter = (performance.now() - began) / 1_000;
    const what = `${String(SERVICES)} services of ${String(TASKS_PER_SERVICE)} tasks on ${String(FLEET)} instances`;
    figures.add(
      `${what}, all RUNNING after`,
      `${steadyAfter.toFixed(1)} s`,
      `all created after ${createdAfter.toFixed(1)} s`,
    );
    await delay(RECONCILE_DEFAULTS.healthyAfterMs + 30_000);
    await measureController();
  });

  /**
   * One additional controller in its own process: the cost of standing by, and one reconcile pass over all services.
   */
  async function measureController(): Promise<void> {
    const file = join(stowage.data, 'secrets', 'control-plane.json');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    const environment = { ...settings, STOWAGE_DATA_DIR: join(stowage.data, 'bench'), STOWAGE_LOG_LEVEL: 'warn' };
    const controller = await AppProcess.start('service-controller', environment);
    await delay(10_000);
    const before = controller.cpuSeconds;
    await delay(IDLE_SECONDS * 1_000);
    const share = ((controller.cpuSeconds - before) / IDLE_SECONDS) * 100;
    figures.add(
      'an idle service controller',
      `${share.toFixed(1)} % of a core`,
      'a controller does not receive heartbeats',
    );
    await controller.end('SIGTERM');
    const runtime = await startRuntime(readConfig(RuntimeConfig, environment), 'bench');
    const passes = Array.from({ length: 20 }, () => lookAtAll(runtime));
    await runtime.close();
    figures.add(
      'a reconcile pass over all services',
      `${median(passes).toFixed(1)} ms`,
      `slowest ${Math.max(...passes).toFixed(1)} ms`,
    );
  }

  function lookAtAll({ fold, now }: Runtime): number {
    const began = performance.now();
    const looking = { now: now(), position: fold.position, terms: RECONCILE_DEFAULTS, capacityPosition: 0 };
    for (const key of fold.state.services.keys()) {
      const situation = situationOf(fold.state, key, looking);
      if (situation) reconcile(situation);
    }
    return performance.now() - began;
  }

  async function runningIn(cluster: string): Promise<number> {
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    return clusters[0]?.runningTasksCount ?? 0;
  }

  async function isConnected(): Promise<boolean> {
    const { containerInstanceArns: containerInstances = [] } = await ecs.send(new ListContainerInstancesCommand({}));
    const described = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances }));
    return described.containerInstances?.[0]?.agentConnected ?? false;
  }
});
