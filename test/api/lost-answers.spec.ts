import { CreateClusterCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { clusterName } from '@stowage/domain';
import { JournalUnavailable, type Transaction } from '@stowage/journal';
import type { RunningApp, Runtime } from '@stowage/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClusterManager } from '../../apps/cluster-manager/src/app';
import { ClusterManagerConfig } from '../../apps/cluster-manager/src/config';
import { type Fleet, startFleet } from '../../apps/fleet/src/fleet';
import { startScheduler } from '../../apps/scheduler/src/app';
import { SchedulerConfig } from '../../apps/scheduler/src/config';
import { startServiceController } from '../../apps/service-controller/src/app';
import { ServiceControllerConfig } from '../../apps/service-controller/src/config';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { brokenPromises, readJournal } from '../support/invariants';
import { SILENT } from '../support/read-model';
import { brokenLimits } from '../support/service-audit';
import { TestServices } from '../support/services';

const CLUSTER = 'lossy';
const HEALTHY_AFTER_MS = 50;
const QUICK = { taskHealthyAfterMs: HEALTHY_AFTER_MS, reconcileRetryMs: 10, reconcileRetryMaxMs: 50 };

let gateway: TestGateway;
let ecs: ECSClient;
let fleet: Fleet;
const apps: RunningApp[] = [];
const lost = { placements: 0, steps: 0 };

/** Returns a runtime that loses the answer of every second commit of the kind. The commit itself is stored. */
function losing(runtime: Runtime, kind: keyof typeof lost, isOf: (transaction: Transaction) => boolean): Runtime {
  let commits = 0;
  const { journal } = runtime;
  const commit: Runtime['journal']['commit'] = async (transaction) => {
    const committed = await journal.commit(transaction);
    if (!isOf(transaction)) return committed;
    commits += 1;
    if (commits % 2 === 0) return committed;
    lost[kind] += 1;
    throw new JournalUnavailable('The answer was lost.');
  };
  const lossy = new Proxy(journal, {
    get: (target, member) => {
      if (member === 'commit') return commit;
      const value: unknown = Reflect.get(target, member);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  // The log messages about these faults are expected.
  return { ...runtime, journal: lossy, logger: SILENT };
}

const has =
  (type: string) =>
  ({ events }: Transaction): boolean =>
    events.some((event) => event.type === type);

beforeAll(async () => {
  gateway = await startTestGateway({ alone: true });
  ({ ecs } = gateway);
  const { runtime } = gateway;
  const controllers = Object.assign(new ServiceControllerConfig(), QUICK);
  apps.push(
    await startClusterManager(runtime, new ClusterManagerConfig()),
    await startScheduler(losing(runtime, 'placements', has('TasksPlaced')), new SchedulerConfig()),
    await startServiceController(losing(runtime, 'steps', has('TaskStopRequested')), controllers),
  );
  await ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
  fleet = await startFleet(runtime.nats, {
    cluster: clusterName(CLUSTER),
    instances: 3,
    startMs: { from: 1, to: 20 },
    stopMs: { from: 1, to: 20 },
    heartbeatMs: 200,
  });
});
afterAll(async () => {
  fleet.close();
  for (const app of apps.reverse()) await app.close();
  await gateway.close();
});

it('lost answers to commits of schedulers and of steps start no task twice and stop none too many', async () => {
  const services = new TestServices(ecs, CLUSTER);
  await services.define('web');
  await services.create('web', {
    desiredCount: 6,
    deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 150 },
  });
  await services.steady('web');
  for (const _ of [2, 3]) {
    await services.update('web', { taskDefinition: await services.define('web') });
    await services.steady('web');
  }
  expect(await services.tasks('web')).toHaveLength(6);
  const transactions = await readJournal(gateway.runtime.journal);
  expect(brokenPromises(transactions)).toEqual([]);
  expect(brokenLimits(transactions, HEALTHY_AFTER_MS)).toEqual([]);
  expect(Math.min(lost.placements, lost.steps)).toBeGreaterThan(0);
});
