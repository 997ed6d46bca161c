import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectNats, OwnersClient } from '@stowage/runtime';
import { AppProcess, cpuSecondsOf } from '../support/app-process';
import { NatsServer } from '../support/nats-server';
import { fill } from './busy-cluster';
import { LifeWatch } from './life-watch';
import { BENCH_CLUSTER, clusterCreated, definitionRegistered } from './placement-ground';
import { openJournal } from './raw-journal';

const INSTANCES = 1_000;
const PATIENCE_MS = 120_000;

/**
 * A scheduler, a cluster manager and a fleet of simulated agents as processes, on a journal with fsync on every write.
 */
export interface LifeGround {
  readonly owners: OwnersClient;
  readonly watch: LifeWatch;
  /** Processor time of each process, and of this one, which sends the requests. */
  cpuSeconds(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export async function startLifeGround(): Promise<LifeGround> {
  const nats = await NatsServer.start({ sync: 'always' });
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-lives-'));
  const { journal, close } = await openJournal(nats.url);
  const asking = await connectNats({ servers: [nats.url], name: 'asks', reconnectMs: 50, connectTimeoutMs: 5_000 });
  const watch = new LifeWatch(journal);
  const apps: Record<string, AppProcess> = {};
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(apps).map((app) => app.end('SIGKILL')));
    watch.close();
    await asking.close();
    await close();
    await nats.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await fill(journal, [clusterCreated(BENCH_CLUSTER), definitionRegistered]);
    for (const name of ['scheduler', 'cluster-manager']) {
      const environment = { STOWAGE_NATS_URLS: nats.url, STOWAGE_DATA_DIR: join(folder, name) };
      const app = (apps[name] = await AppProcess.start(name, environment));
      await until(() => app.log.includes('"ready"'));
    }
    apps['fleet'] = await AppProcess.start('fleet', {}, fleetArguments(folder, nats.url));
    await until(() => watch.connected === INSTANCES);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    owners: new OwnersClient(asking),
    watch,
    cpuSeconds: () => ({
      ...Object.fromEntries(Object.entries(apps).map(([name, app]) => [name, app.cpuSeconds])),
      NATS: cpuSecondsOf(nats.pid ?? 0),
      'who asks': cpuSecondsOf(process.pid),
    }),
    stop,
  };
}

/** The fleet finds a deployment by its data folder. */
function fleetArguments(folder: string, natsUrl: string): readonly string[] {
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'control-plane.json'), JSON.stringify({ STOWAGE_NATS_URLS: natsUrl }));
  const options = { data: folder, cluster: BENCH_CLUSTER, instances: INSTANCES, 'start-ms': '1..1', 'stop-ms': '1..1' };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('The condition did not become true in time.');
    await delay(20);
  }
}
