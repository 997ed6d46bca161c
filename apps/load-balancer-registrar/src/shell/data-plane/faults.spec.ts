import { request } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataPlaneHarness } from '../../../../../test/support/data-plane';
import { freePort } from '../../../../../test/support/free-port';
import { Load } from '../../../../../test/support/load';
import { HttpTarget } from '../../../../../test/support/targets';
import { furtherPasses, until } from '../../../../../test/support/waits';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
} from '../../../../../libs/domain/src/testing/load-balancing-events';

let harness: DataPlaneHarness;
beforeAll(async () => {
  harness = await DataPlaneHarness.start();
});
afterAll(() => harness.stop());

const started = (...names: readonly string[]): Promise<HttpTarget[]> =>
  Promise.all(names.map((name) => HttpTarget.start(name)));

/** Resolves with the status of the request, or with its error. */
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

describe('a draining target', () => {
  it('is drained only when no worker has a connection to it, including old workers', async () => {
    const [a, b] = (await started('a', 'b')) as [HttpTarget, HttpTarget];
    const port = await harness.serve('old', [a]);
    const long = asked(port, '/?ms=4000');
    await until('it is there', () => a.requests === 1);
    // The commit causes a reload: the worker with the request is old from now on.
    await harness.listen('another', { settings: { defaultAction: forwardTo('old') } });
    await until(
      'an old worker exists',
      async () => ((await harness.master.processes().catch(() => undefined))?.oldWorkers.length ?? 0) > 0,
    );
    await harness.register('old', [b]);
    await harness.healthy('old', [b]);
    await harness.deregister('old', [a]);
    await furtherPasses(() => harness.passes, 5);
    expect(harness.target('old', a)?.health.state).toBe('draining');
    expect(await long).toBe('200');
    await harness.drained('old', [a]);
  });

  it('is not drained while an old worker does not answer', async () => {
    const [a, b] = (await started('a', 'b')) as [HttpTarget, HttpTarget];
    const port = await harness.serve('silent', [a, b]);
    const long = [asked(port, '/?ms=4000'), asked(port, '/?ms=4000')];
    await until('both are there', () => a.requests === 1 && b.requests === 1);
    const before = (await harness.master.processes())?.worker ?? 0;
    await harness.listen('another-of-silent', { settings: { defaultAction: forwardTo('silent') } });
    await until(
      'the worker with the requests is old',
      async () => (await harness.master.processes().catch(() => undefined))?.oldWorkers.includes(before) === true,
    );
    process.kill(before, 'SIGSTOP');
    try {
      await harness.deregister('silent', [a]);
      // Each pass waits for the stopped worker until its time limit.
      await furtherPasses(() => harness.passes);
      expect(harness.target('silent', a)?.health.state).toBe('draining');
    } finally {
      process.kill(before, 'SIGCONT');
    }
    expect(await Promise.all(long)).toEqual(['200', '200']);
    await harness.drained('silent', [a]);
  });

  it('loses its connections when the deregistration delay has passed', async () => {
    const [a] = (await started('a')) as [HttpTarget];
    const port = await harness.serve('cut', [a]);
    const long = asked(port, '/?ms=20000');
    await until('it is there', () => a.requests === 1);
    await harness.deregister('cut', [a], 500);
    await harness.drained('cut', [a]);
    expect(await long).not.toBe('200');
  });

  it('continues to drain under the next registrar after the first one was killed, and loses no request', async () => {
    const [a, b] = (await started('a', 'b')) as [HttpTarget, HttpTarget];
    const port = await harness.serve('handed-on', [a, b]);
    const running = load(port);
    const long = asked(port, '/?ms=4000');
    await harness.deregister('handed-on', [a]);
    await harness.stopRegistrar();
    const { pid } = harness.haproxy;
    // HAProxy serves without a registrar for a while.
    await furtherPasses(() => b.requests, 10);
    harness.startRegistrar();
    await harness.drained('handed-on', [a]);
    await a.kill();
    expect(await long).toBe('200');
    expect((await running.stop()).failures).toEqual([]);
    expect(harness.haproxy.pid).toBe(pid);
  });
});

describe('HAProxy that was killed by', () => {
  it.each(['master', 'worker'] as const)(
    '%s is back within two seconds, in the state of the journal',
    async (which) => {
      const [well, sick] = (await started('well', 'sick')) as [HttpTarget, HttpTarget];
      sick.health = 'error';
      const name = `killed-${which}`;
      const port = await harness.serve(name, [well]);
      await harness.register(name, [sick]);
      await until('the unhealthy target is known', () => harness.target(name, sick)?.health.state === 'unhealthy');
      const processes = await harness.master.processes();
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
    ['reset', 'Target.FailedHealthChecks', 'Health checks failed: the connection to the target broke'],
  ] as const)(
    'of a target that would %s is reported as %s, and the target gets no traffic',
    async (how, reason, description) => {
      const [well, sick] = (await started('well', 'sick')) as [HttpTarget, HttpTarget];
      const name = `sick-${how}`;
      const port = await harness.serve(name, [well, sick]);
      const running = load(port, 0);
      sick.health = how;
      await until('it is unhealthy', () => harness.target(name, sick)?.health.state === 'unhealthy');
      expect(harness.target(name, sick)?.health).toEqual({ state: 'unhealthy', reason, description });
      const { requests } = sick;
      await furtherPasses(() => well.requests, 10);
      expect(sick.requests).toBe(requests);
      sick.health = 'well';
      await harness.healthy(name, [sick]);
      await until('it serves again', () => sick.requests > requests);
      expect((await running.stop()).failures).toEqual([]);
    },
  );

  it('of a target that does not listen is reported with that cause', async () => {
    const [well, gone] = (await started('well', 'gone')) as [HttpTarget, HttpTarget];
    await harness.serve('gone', [well, gone]);
    await gone.kill();
    await until('it is unhealthy', () => harness.target('gone', gone)?.health.state === 'unhealthy');
    expect(harness.target('gone', gone)?.health.description).toBe(
      'Health checks failed: the target does not accept connections',
    );
  });

  it('of a target that flaps is reported at each change, and no request is lost', async () => {
    const [well, flapping] = (await started('well', 'flapping')) as [HttpTarget, HttpTarget];
    const port = await harness.serve('flaps', [well, flapping]);
    const running = load(port, 0);
    for (let round = 0; round < 3; round += 1) {
      flapping.health = 'error';
      await until('down', () => harness.target('flaps', flapping)?.health.state === 'unhealthy');
      flapping.health = 'well';
      await harness.healthy('flaps', [flapping]);
    }
    expect((await running.stop()).failures).toEqual([]);
  });

  it('of a target that was killed does not affect safe requests, which go to another target', async () => {
    const [well, killed] = (await started('well', 'killed')) as [HttpTarget, HttpTarget];
    const port = await harness.serve('target-killed', [well, killed]);
    const running = load(port, 100);
    await until('it serves', () => killed.requests > 0);
    await killed.kill();
    await until('it is unhealthy', () => harness.target('target-killed', killed)?.health.state === 'unhealthy');
    expect((await running.stop()).failures).toEqual([]);
  });
});

describe('the data plane', () => {
  it('continues to serve while NATS is unreachable, and reports health afterwards', async () => {
    const [well, sick] = (await started('well', 'sick')) as [HttpTarget, HttpTarget];
    const port = await harness.serve('away', [well, sick]);
    const running = load(port);
    await harness.runtime.server.kill();
    sick.health = 'error';
    // The target becomes unhealthy in HAProxy, and no pass can record it.
    await furtherPasses(() => harness.passes, 20);
    await harness.runtime.server.restart();
    await until('it was reported', () => harness.target('away', sick)?.health.state === 'unhealthy', 30_000);
    expect((await running.stop()).failures).toEqual([]);
  });

  it('handles 200 targets in one group, and removes them', async () => {
    const target = await HttpTarget.start('many');
    await harness.group('many');
    const port = await harness.listen('many', { settings: { defaultAction: forwardTo('many') } });
    // One server answers under 200 addresses, because all of 127.0.0.0/8 belongs to this machine.
    const ids = Array.from({ length: 200 }, (_, at) => `127.0.1.${String(at + 1)}`);
    const targets = ids.map((id) => ({ id, port: target.port, address: '127.0.0.1' }));
    await harness.commit({ type: 'TargetsRegistered', version: 1, targetGroup: 'many', targets });
    await until(
      'all are healthy',
      () => harness.groupNow('many')?.targets.every(({ health }) => health.state === 'healthy') === true,
      30_000,
    );
    const running = load(port);
    await harness.commit({
      type: 'TargetsDeregistered',
      version: 1,
      targetGroup: 'many',
      targets: targets.slice(1).map(({ id, port: at }) => ({ id, port: at })),
      drainUntil: Date.now() + 60_000,
    });
    await until('one is left', () => harness.groupNow('many')?.targets.length === 1);
    expect((await running.stop()).failures).toEqual([]);
  });

  it('leaves out a listener whose port is in use, reports the reason, and listens once the port is free', async () => {
    const holder = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    const [web] = (await started('web')) as [HttpTarget];
    const serves = await harness.serve('healthy-neighbour', [web]);
    const listener = listenerCreated('taken', 'taken-listener', port);
    await harness.commit(
      { ...loadBalancerCreated('taken'), address: '127.0.0.1' },
      { ...listener, settings: { ...listener.settings, defaultAction: forwardTo('healthy-neighbour') } },
    );
    const state = () => harness.runtime.fold.state.loadBalancers.get('taken')?.state;
    await until('the state has the reason', () => state()?.code === 'failed');
    expect(state()?.reason).toContain(`Port ${String(port)} of 127.0.0.1 is in use`);
    expect(await asked(serves, '/')).toBe('200');
    await new Promise((resolve) => holder.close(resolve));
    await until('it is active', () => state()?.code === 'active');
    expect(await asked(port, '/')).toBe('200');
  });
});
