import { request } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataPlaneDrill, until } from '../../../../../test/support/data-plane';
import { freePort } from '../../../../../test/support/free-port';
import { Load } from '../../../../../test/support/load';
import { HttpTarget } from '../../../../../test/support/targets';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
} from '../../../../../libs/domain/src/testing/load-balancing-events';

let drill: DataPlaneDrill;
beforeAll(async () => {
  drill = await DataPlaneDrill.start();
});
afterAll(() => drill.stop());

const started = (...names: readonly string[]): Promise<HttpTarget[]> =>
  Promise.all(names.map((name) => HttpTarget.start(name)));

/** Resolves with what the request came to: a status, or an error. */
function asked(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path }, (answer) =>
      answer
        .resume()
        .on('end', () => resolve(String(answer.statusCode)))
        .on('error', (error) => resolve(error.message)),
    )
      .on('error', (error) => resolve(error.message))
      .end();
  });
}

const load = (port: number, ms = 50): Load =>
  Load.start({ host: '127.0.0.1', port, perSecond: 50, keepAlive: true, path: () => `/?ms=${String(ms)}` });

describe('a target that drains', () => {
  it('is drained only when no worker has a connection to it, old ones included', async () => {
    const [a, b] = (await started('a', 'b')) as [HttpTarget, HttpTarget];
    const port = await drill.serve('old', [a]);
    const long = asked(port, '/?ms=4000');
    await until('it is there', () => a.requests === 1);
    // A reload: the worker with the request is old from now on.
    await drill.listen('another', { settings: { defaultAction: forwardTo('old') } });
    await until(
      'there is an old worker',
      async () => ((await drill.master.processes().catch(() => undefined))?.oldWorkers.length ?? 0) > 0,
    );
    await drill.register('old', [b]);
    await drill.healthy('old', [b]);
    await drill.deregister('old', [a]);
    await delay(500);
    expect(drill.target('old', a)?.health.state).toBe('draining');
    expect(await long).toBe('200');
    await drill.drained('old', [a]);
  });

  it('is not drained while an old worker does not answer', async () => {
    const [a, b] = (await started('a', 'b')) as [HttpTarget, HttpTarget];
    const port = await drill.serve('silent', [a, b]);
    const long = [asked(port, '/?ms=4000'), asked(port, '/?ms=4000')];
    await until('both are there', () => a.requests === 1 && b.requests === 1);
    const before = (await drill.master.processes())?.worker ?? 0;
    await drill.listen('another-of-silent', { settings: { defaultAction: forwardTo('silent') } });
    await until(
      'the worker with the requests is old',
      async () => (await drill.master.processes().catch(() => undefined))?.oldWorkers.includes(before) === true,
    );
    process.kill(before, 'SIGSTOP');
    try {
      await drill.deregister('silent', [a]);
      // Longer than HAProxy may take to answer, twice.
      await delay(2.5 * drill.config.dataPlaneAnswerMs);
      expect(drill.target('silent', a)?.health.state).toBe('draining');
    } finally {
      process.kill(before, 'SIGCONT');
    }
    expect(await Promise.all(long)).toEqual(['200', '200']);
    await drill.drained('silent', [a]);
  });

  it('is cut when its time is over', async () => {
    const [a] = (await started('a')) as [HttpTarget];
    const port = await drill.serve('cut', [a]);
    const long = asked(port, '/?ms=20000');
    await until('it is there', () => a.requests === 1);
    await drill.deregister('cut', [a], 500);
    await drill.drained('cut', [a]);
    expect(await long).not.toBe('200');
  });

  it('goes on draining when the registrar was killed, under the next one, and loses nothing', async () => {
    const [a, b] = (await started('a', 'b')) as [HttpTarget, HttpTarget];
    const port = await drill.serve('handed-on', [a, b]);
    const running = load(port);
    const long = asked(port, '/?ms=4000');
    await drill.deregister('handed-on', [a]);
    await drill.stopRegistrar();
    const { pid } = drill.haproxy;
    await delay(300);
    drill.startRegistrar();
    await drill.drained('handed-on', [a]);
    await a.kill();
    expect(await long).toBe('200');
    expect((await running.stop()).failures).toEqual([]);
    expect(drill.haproxy.pid).toBe(pid);
  });
});

describe('HAProxy, killed,', () => {
  it.each(['master', 'worker'] as const)(
    '%s: is back within two seconds, with what the journal says',
    async (which) => {
      const [well, sick] = (await started('well', 'sick')) as [HttpTarget, HttpTarget];
      sick.health = 'error';
      const name = `killed-${which}`;
      const port = await drill.serve(name, [well]);
      await drill.register(name, [sick]);
      await until('the sick one is known', () => drill.target(name, sick)?.health.state === 'unhealthy');
      const processes = await drill.master.processes();
      process.kill(processes![which]!, 'SIGKILL');
      const killedAt = performance.now();
      await until('it answers', async () => (await asked(port, '/')) === '200');
      expect(performance.now() - killedAt).toBeLessThan(2_000);
      const answers = await Promise.all(Array.from({ length: 10 }, () => asked(port, '/')));
      expect(new Set(answers)).toEqual(new Set(['200']));
      expect(sick.requests).toBe(0);
    },
  );
});

describe('health', () => {
  it.each([
    ['error', 'Target.ResponseCodeMismatch', 'Health checks failed with these codes: [500]'],
    ['hang', 'Target.Timeout', 'Request timed out'],
    ['reset', 'Target.FailedHealthChecks', 'Health checks failed'],
  ] as const)('of a target that would %s is told with %s, and it gets no traffic', async (how, reason, description) => {
    const [well, sick] = (await started('well', 'sick')) as [HttpTarget, HttpTarget];
    const name = `sick-${how}`;
    const port = await drill.serve(name, [well, sick]);
    const running = load(port, 0);
    sick.health = how;
    await until('it is unhealthy', () => drill.target(name, sick)?.health.state === 'unhealthy');
    expect(drill.target(name, sick)?.health).toEqual({ state: 'unhealthy', reason, description });
    const { requests } = sick;
    await delay(200);
    expect(sick.requests).toBe(requests);
    sick.health = 'well';
    await drill.healthy(name, [sick]);
    await until('it serves again', () => sick.requests > requests);
    expect((await running.stop()).failures).toEqual([]);
  });

  it('that flaps is told at each change, and nothing is lost', async () => {
    const [well, flapping] = (await started('well', 'flapping')) as [HttpTarget, HttpTarget];
    const port = await drill.serve('flaps', [well, flapping]);
    const running = load(port, 0);
    for (let round = 0; round < 3; round += 1) {
      flapping.health = 'error';
      await until('down', () => drill.target('flaps', flapping)?.health.state === 'unhealthy');
      flapping.health = 'well';
      await drill.healthy('flaps', [flapping]);
    }
    expect((await running.stop()).failures).toEqual([]);
  });

  it('of a target that was killed: safe requests go elsewhere', async () => {
    const [well, killed] = (await started('well', 'killed')) as [HttpTarget, HttpTarget];
    const port = await drill.serve('target-killed', [well, killed]);
    const running = load(port, 100);
    await delay(300);
    await killed.kill();
    await until('it is unhealthy', () => drill.target('target-killed', killed)?.health.state === 'unhealthy');
    expect((await running.stop()).failures).toEqual([]);
  });
});

describe('the data plane', () => {
  it('serves on while NATS is away, and reports health when it is back', async () => {
    const [well, sick] = (await started('well', 'sick')) as [HttpTarget, HttpTarget];
    const port = await drill.serve('away', [well, sick]);
    const running = load(port);
    await drill.runtime.server.kill();
    sick.health = 'error';
    await delay(1_000);
    await drill.runtime.server.restart();
    await until('it was told', () => drill.target('away', sick)?.health.state === 'unhealthy', 30_000);
    expect((await running.stop()).failures).toEqual([]);
  });

  it('takes 200 targets in one group and lets them go', async () => {
    const target = await HttpTarget.start('many');
    await drill.group('many');
    const port = await drill.listen('many', { settings: { defaultAction: forwardTo('many') } });
    // All of loopback is this machine: one server, under 200 addresses.
    const ids = Array.from({ length: 200 }, (_, at) => `127.0.1.${String(at + 1)}`);
    const targets = ids.map((id) => ({ id, port: target.port, address: '127.0.0.1' }));
    await drill.commit({ type: 'TargetsRegistered', version: 1, targetGroup: 'many', targets });
    await until(
      'all are healthy',
      () => drill.groupNow('many')?.targets.every(({ health }) => health.state === 'healthy') === true,
      30_000,
    );
    const running = load(port);
    await drill.commit({
      type: 'TargetsDeregistered',
      version: 1,
      targetGroup: 'many',
      targets: targets.slice(1).map(({ id, port: at }) => ({ id, port: at })),
      drainUntil: Date.now() + 60_000,
    });
    await until('one is left', () => drill.groupNow('many')?.targets.length === 1);
    expect((await running.stop()).failures).toEqual([]);
  });

  it('goes without a listener whose port is taken, says why, and listens once it is free', async () => {
    const holder = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    const [web] = (await started('web')) as [HttpTarget];
    const serves = await drill.serve('healthy-neighbour', [web]);
    const listener = listenerCreated('taken', 'taken-listener', port);
    await drill.commit(
      { ...loadBalancerCreated('taken'), address: '127.0.0.1' },
      { ...listener, settings: { ...listener.settings, defaultAction: forwardTo('healthy-neighbour') } },
    );
    const state = () => drill.runtime.fold.state.loadBalancers.get('taken')?.state;
    await until('it says so', () => state()?.code === 'failed');
    expect(state()?.reason).toContain(`Port ${String(port)} of 127.0.0.1 is in use`);
    expect(await asked(serves, '/')).toBe('200');
    await new Promise((resolve) => holder.close(resolve));
    await until('it is active', () => state()?.code === 'active');
    expect(await asked(port, '/')).toBe('200');
  });
});
