import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, cookieOf } from '../../../../../test/support/ask';
import { DataPlaneDrill, until } from '../../../../../test/support/data-plane';
import { HttpTarget } from '../../../../../test/support/targets';
import { forwardTo } from '../../../../../libs/domain/src/testing/load-balancing-events';

let drill: DataPlaneDrill;
beforeAll(async () => {
  drill = await DataPlaneDrill.start();
});
afterAll(() => drill.stop());

const started = (...names: readonly string[]): Promise<HttpTarget[]> =>
  Promise.all(names.map((name) => HttpTarget.start(name)));

async function unhealthy(group: string, targets: readonly HttpTarget[]): Promise<void> {
  for (const target of targets) target.health = 'error';
  await until('they are unhealthy', () =>
    targets.every((target) => drill.target(group, target)?.health.state === 'unhealthy'),
  );
}

/** Who answers, and with what, out of so many requests. */
async function answers(port: number, headers: Record<string, string> = {}): Promise<readonly string[]> {
  const all = await Promise.all(Array.from({ length: 12 }, () => ask(port, '/', headers)));
  return [...new Set(all.map(({ status, body }) => (status === 200 ? body : String(status))))].sort();
}

describe('a group without a healthy target', () => {
  it('has all of its targets asked but those that drain, until one is healthy', async () => {
    const [a, b, drains] = (await started('a', 'b', 'drains')) as [HttpTarget, HttpTarget, HttpTarget];
    const port = await drill.serve('open', [drains]);
    ask(port, '/?ms=60000').catch(() => undefined);
    await until('it is there', () => drains.requests === 1);
    await drill.register('open', [a, b]);
    await drill.healthy('open', [a, b]);
    await drill.deregister('open', [drains]);
    await unhealthy('open', [a, b]);
    expect(await answers(port)).toEqual(['a', 'b']);
    expect(drill.target('open', drains)?.health.state).toBe('draining');
    const [starting] = (await started('starting')) as [HttpTarget];
    starting.health = 'hang';
    a.health = 'well';
    await drill.healthy('open', [a]);
    await drill.register('open', [starting]);
    await until('it is checked', () => drill.target('open', starting)?.health.reason === 'Elb.InitialHealthChecking');
    expect(await answers(port)).toEqual(['a']);
    expect(starting.requests).toBe(0);
    expect(drains.requests).toBe(1);
  });

  it('has those asked that never were healthy, also by a HAProxy that was killed', async () => {
    const [never] = (await started('never')) as [HttpTarget];
    never.health = 'error';
    await drill.group('never');
    const port = await drill.listen('never', { settings: { defaultAction: forwardTo('never') } });
    await drill.register('never', [never]);
    await unhealthy('never', [never]);
    expect(await answers(port)).toEqual(['never']);
    process.kill(drill.haproxy.pid!, 'SIGKILL');
    await until('it serves again', () =>
      ask(port).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(drill.target('never', never)?.health.state).toBe('unhealthy');
  });

  it('waits for what it was asked when a target drains, and answers 503 once none is left', async () => {
    const [only] = (await started('only')) as [HttpTarget];
    const port = await drill.serve('left', [only]);
    await unhealthy('left', [only]);
    const long = ask(port, '/?ms=1500');
    await until('it is there', () => only.requests === 1);
    await drill.deregister('left', [only]);
    await until('nothing new gets there', async () => (await ask(port)).status === 503);
    expect(drill.target('left', only)?.health.state).toBe('draining');
    expect(await long).toMatchObject({ status: 200, body: 'only' });
    await drill.drained('left', [only]);
  });

  it('keeps a client at its target, then and when all is well again', async () => {
    const targets = await started('s1', 's2', 's3');
    const port = await drill.serve('sticky-open', targets, { 'stickiness.enabled': 'true' });
    const first = await ask(port);
    const cookie = cookieOf(first, 'AWSALB') ?? '';
    await unhealthy('sticky-open', targets);
    await until('its token is known', async () => (await answers(port, { cookie })).join() === first.body);
    const second = await ask(port);
    const ofFallback = cookieOf(second, 'AWSALB') ?? '';
    for (const target of targets) target.health = 'well';
    await drill.healthy('sticky-open', targets);
    await until('both tokens are known', async () => {
      const [mine, theirs] = [await answers(port, { cookie }), await answers(port, { cookie: ofFallback })];
      return mine.join() === first.body && theirs.join() === second.body;
    });
  });

  it('has connections passed on by a network load balancer', async () => {
    const echo = createServer((socket) => void socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const [sick] = (await started('sick')) as [HttpTarget];
    sick.health = 'error';
    const target = { port: (echo.address() as AddressInfo).port };
    const check = { protocol: 'HTTP', port: String(sick.port), timeoutSeconds: 0.5, unhealthyThreshold: 2 } as const;
    const healthCheck = { ...check, intervalSeconds: 0.2, healthyThreshold: 2, matcher: { httpCode: '200' } };
    await drill.group('echo', { protocol: 'TCP', healthCheck });
    const settings = { protocol: 'TCP', defaultAction: forwardTo('echo') } as const;
    const port = await drill.listen('echo', { type: 'network', settings });
    await drill.register('echo', [target]);
    await until('it is unhealthy', () => drill.target('echo', target)?.health.state === 'unhealthy');
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.write('bytes');
    await until('it was echoed', () => said === 'bytes');
    socket.destroy();
    echo.close();
  });
});
