import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { DataPlaneHarness, HAPROXY } from '../support/data-plane';
import { freePort } from '../support/free-port';
import { Load } from '../support/load';
import { TestStowage } from '../support/stowage';
import { HttpTarget } from '../support/targets';
import { busyboxImage, docker } from '../support/tasks';
import { WebService } from '../support/web-service';
import { until } from '../support/waits';
import { Figures, median, percentile } from './figures';

const RATE_PER_SECOND = 100;
const TASKS = 6;
const QUIET_MS = 10_000;
const ROUNDS = 3;
const WRK_SECONDS = 5;

const figures = new Figures();
afterAll(() => figures.print());

const tell = (what: string, values: string): void => figures.add(what, values);
const ms = (value: number): string => `${value.toFixed(0)} ms`;

function tellLoads(what: string, loads: readonly Load[]): void {
  const latencies = loads.flatMap(({ latenciesMs }) => latenciesMs);
  const failures = loads.flatMap((load) => load.failures);
  const kinds = [...new Set(failures.map((failure) => failure.what))].join(', ');
  tell(
    what,
    `${String(failures.length)} failed of ${String(loads.reduce((sum, { sent }) => sum + sent, 0))}, ` +
      `p50 ${ms(median(latencies))}, p99 ${ms(percentile(latencies, 0.99))}${kinds === '' ? '' : ` (${kinds})`}`,
  );
}

describe('a service under load', () => {
  let stowage: TestStowage;
  let web: WebService;

  beforeAll(async () => {
    await busyboxImage();
    stowage = await TestStowage.at();
    await stowage.start();
    web = await WebService.create(stowage, 'web', TASKS, 'node');
  }, 300_000);
  afterAll(() => stowage.reset());

  /** Sends 100 requests a second over persistent connections and 100 over new ones, each of which takes 0 to 2 s. */
  async function under(what: string, work: () => Promise<unknown>): Promise<number> {
    const loads = [true, false].map((keepAlive) =>
      Load.start({
        ...web.place,
        perSecond: RATE_PER_SECOND,
        keepAlive,
        path: () => `/at?${(Math.random() * 2).toFixed(2)}`,
      }),
    );
    await work();
    for (const load of loads) await load.stop();
    tellLoads(what, loads);
    return loads.reduce((sum, { failures }) => sum + failures.length, 0);
  }

  it('is idle', () => under('quiet', () => delay(QUIET_MS)));

  it('is updated, scaled to two and back, rolled back', async () => {
    const v2 = await web.define('v2', 'node');
    const lost = await under('update of 6, to 2 and back, rollback', async () => {
      await web.update({ taskDefinition: v2 });
      await web.stable();
      await web.update({ desiredCount: 2 });
      await web.stable();
      await web.update({ desiredCount: TASKS });
      await web.stable();
      await web.update({ taskDefinition: 'web:1' });
      await web.stable();
    });
    expect(lost).toBe(0);
  });

  it('is updated while the control plane is killed', async () => {
    const lost = await under('update, control plane killed', async () => {
      await web.update({ taskDefinition: 'web:2' });
      await until('the update has started', async () => (await web.healthStates()).length > TASKS, 120_000);
      process.kill(ownProcesses(stowage.data).find(({ name }) => name === 'control-plane')!.pid, 'SIGKILL');
      await web.stable();
    });
    expect(lost).toBe(0);
  });

  it('loses a container, and HAProxy', async () => {
    await under('a container killed', async () => {
      const [one = ''] = docker(
        'ps',
        '--quiet',
        '--filter',
        'label=com.amazonaws.ecs.task-definition-family=web',
      ).split('\n');
      docker('kill', one);
      await delay(QUIET_MS);
    });
    await under('HAProxy killed', async () => {
      process.kill(haproxyPid(stowage.data), 'SIGKILL');
      await delay(QUIET_MS);
    });
  });
});

/** The HAProxy master that runs with this data folder's configuration. */
function haproxyPid(data: string): number {
  return Number(execFileSync('cat', [join(data, 'haproxy', 'haproxy.pid')], { encoding: 'utf8' }).trim());
}

describe('the data plane', () => {
  let drill: DataPlaneHarness;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    drill = await DataPlaneHarness.start({ dataPlanePollMs: 250 });
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGTERM');
    await drill.stop();
  });

  /** An HAProxy with its own configuration. */
  async function haproxy(name: string, config: string): Promise<void> {
    const file = join(drill.directory, `${name}.cfg`);
    writeFileSync(file, config);
    children.push(spawn(HAPROXY, ['-db', '-f', file], { stdio: 'ignore' }));
    await delay(500);
  }

  it('has the throughput of a configuration that is written by hand', async () => {
    const [target, byHand] = [await freePort(), await freePort()];
    const times = 'timeout client 60s\n  timeout server 60s\n  timeout connect 3s';
    await haproxy(
      'target',
      `defaults\n  mode http\n  ${times}\nfrontend f\n  bind 127.0.0.1:${String(target)}\n  http-request return status 200 content-type text/plain string ok\n`,
    );
    await haproxy(
      'by-hand',
      `defaults\n  mode http\n  ${times}\nfrontend f\n  bind 127.0.0.1:${String(byHand)}\n  option forwardfor\n  default_backend b\nbackend b\n  server s 127.0.0.1:${String(target)} check\n`,
    );
    const ours = await drill.serve('wrk', [{ port: target }]);
    const results = { ours: [] as Wrk[], byHand: [] as Wrk[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      results.ours.push(wrk(ours));
      results.byHand.push(wrk(byHand));
    }
    const rate = (all: readonly Wrk[]): number => median(all.map(({ perSecond }) => perSecond));
    const p99 = (all: readonly Wrk[]): number => median(all.map(({ p99Ms }) => p99Ms));
    tell('through Stowage', `${rate(results.ours).toFixed(0)} requests/s, p99 ${p99(results.ours).toFixed(1)} ms`);
    tell('by hand', `${rate(results.byHand).toFixed(0)} requests/s, p99 ${p99(results.byHand).toFixed(1)} ms`);
    tell('ratio', (rate(results.ours) / rate(results.byHand)).toFixed(2));
  });

  it('adds and removes targets', async () => {
    const first = await HttpTarget.start('first');
    const port = await drill.serve('times', [first]);
    const load = Load.start({ host: '127.0.0.1', port, perSecond: 200, keepAlive: true });
    const [toFirst, toLast, toNone]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = await HttpTarget.start(`next-${String(round)}`);
      const registeredAt = performance.now();
      await drill.register('times', [next]);
      await until('it serves', () => next.requests > 0);
      toFirst.push(performance.now() - registeredAt);
      const sickAt = performance.now();
      next.health = 'error';
      toNone.push((await lastRequestAt(next)) - sickAt);
      next.health = 'well';
      await drill.healthy('times', [next]);
      const leftAt = performance.now();
      await drill.deregister('times', [next]);
      toLast.push((await lastRequestAt(next)) - leftAt);
      await drill.drained('times', [next]);
    }
    expect((await load.stop()).failures).toEqual([]);
    tell('registered (RUNNING) to first request', ms(median(toFirst)));
    tell('stop decided to last request', ms(median(toLast)));
    tell('unhealthy to no traffic, checks every 200 ms, two failures', ms(median(toNone)));
  });
});

/** Time of the last request to a target, after which none came for a second. */
async function lastRequestAt(target: HttpTarget): Promise<number> {
  let [count, at] = [target.requests, performance.now()];
  while (performance.now() - at < 1_000) {
    if (target.requests !== count) [count, at] = [target.requests, performance.now()];
    await delay(5);
  }
  return at;
}

interface Wrk {
  readonly perSecond: number;
  readonly p99Ms: number;
}

function wrk(port: number): Wrk {
  const url = `http://127.0.0.1:${String(port)}/`;
  const text = execFileSync('wrk', ['-t1', '-c32', `-d${String(WRK_SECONDS)}s`, '--latency', url], {
    encoding: 'utf8',
  });
  const [, value = '0', unit = 'ms'] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  const factor = { us: 0.001, ms: 1, s: 1_000 }[unit] ?? 1;
  return { perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0), p99Ms: Number(value) * factor };
}
