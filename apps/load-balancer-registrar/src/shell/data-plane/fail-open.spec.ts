import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, cookieOf } from '../../../../../test/support/ask';
import { DataPlaneHarness } from '../../../../../test/support/data-plane';
import { HttpTarget } from '../../../../../test/support/targets';
import { until } from '../../../../../test/support/waits';
import { forwardTo } from '../../../../../libs/domain/src/testing/load-balancing-events';

let harness: DataPlaneHarness;
beforeAll(async () => {
  harness = await DataPlaneHarness.start();
});
afterAll(() => harness.stop());

const started = (...names: readonly string[]): Promise<HttpTarget[]> =>
  Promise.all(names.map((name) => HttpTarget.start(name)));

async function unhealthy(group: string, targets: readonly HttpTarget[]): Promise<void> {
  for (const target of targets) target.health = 'error';
  await until('they are unhealthy', () =>
    targets.every((target) => harness.target(group, target)?.health.state === 'unhealthy'),
  );
}

/** Counts the targets that answered `count` requests, and the answers' status codes. */
async function answers(port: number, headers: Record<string, string> = {}): Promise<readonly string[]> {
  const all = await Promise.all(Array.from({ length: 12 }, () => ask(port, '/', headers)));
  return [...new Set(all.map(({ status, body }) => (status === 200 ? body : String(status))))].sort();
}

describe('a group without a healthy target', () => {
  it('sends requests to all targets that do not drain, until one is healthy', async () => {
    const [a, b, drains] = (await started('a', 'b', 'drains')) as [HttpTarget, HttpTarget, HttpTarget];
    const port = await harness.serve('open', [drains]);
    ask(port, '/?ms=60000').catch(() => undefined);
    await until('it is there', () => drains.requests === 1);
    await harness.register('open', [a, b]);
    await harness.healthy('open', [a, b]);
    await harness.deregister('open', [drains]);
    await unhealthy('open', [a, b]);
    expect(await answers(port)).toEqual(['a', 'b']);
    expect(harness.target('open', drains)?.health.state).toBe('draining');
    const [starting] = (await started('starting')) as [HttpTarget];
    starting.health = 'hang';
    a.health = 'well';
    await harness.healthy('open', [a]);
    await harness.register('open', [starting]);
    await until('it is checked', () => harness.target('open', starting)?.health.reason === 'Elb.InitialHealthChecking');
    expect(await answers(port)).toEqual(['a']);
    expect(starting.requests).toBe(0);
    expect(drains.requests).toBe(1);
  });

  it('sends requests to targets that never were healthy, also after HAProxy was killed', async () => {
    const [never] = (await started('never')) as [HttpTarget];
    never.health = 'error';
    await harness.group('never');
    const port = await harness.listen('never', { settings: { defaultAction: forwardTo('never') } });
    await harness.register('never', [never]);
    await unhealthy('never', [never]);
    expect(await answers(port)).toEqual(['never']);
    process.kill(harness.haproxy.pid!, 'SIGKILL');
    await until('it serves again', () =>
      ask(port).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(harness.target('never', never)?.health.state).toBe('unhealthy');
  });

  it('finishes open requests when a target drains, and answers with 503 when none is left', async () => {
    const [only] = (await started('only')) as [HttpTarget];
    const port = await harness.serve('left', [only]);
    await unhealthy('left', [only]);
    const long = ask(port, '/?ms=1500');
    await until('it is there', () => only.requests === 1);
    await harness.deregister('left', [only]);
    await until('no new request goes there', async () => (await ask(port)).status === 503);
    expect(harness.target('left', only)?.health.state).toBe('draining');
    expect(await long).toMatchObject({ status: 200, body: 'only' });
    await harness.drained('left', [only]);
  });

  it('keeps a client at its target while it fails open and afterwards', async () => {
    const targets = await started('s1', 's2', 's3');
    const port = await harness.serve('sticky-open', targets, { 'stickiness.enabled': 'true' });
    const first = await ask(port);
    const cookie = cookieOf(first, 'AWSALB') ?? '';
    await unhealthy('sticky-open', targets);
    await until('the map has its token', async () => (await answers(port, { cookie })).join() === first.body);
    const second = await ask(port);
    const ofFallback = cookieOf(second, 'AWSALB') ?? '';
    for (const target of targets) target.health = 'well';
    await harness.healthy('sticky-open', targets);
    await until('the map has both tokens', async () => {
      const [mine, theirs] = [await answers(port, { cookie }), await answers(port, { cookie: ofFallback })];
      return mine.join() === first.body && theirs.join() === second.body;
    });
  });

  it('gets the connections of a network load balancer', async () => {
    const echo = createServer((socket) => void socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const [sick] = (await started('sick')) as [HttpTarget];
    sick.health = 'error';
    const target = { port: (echo.address() as AddressInfo).port };
    const check = { protocol: 'HTTP', port: String(sick.port), timeoutSeconds: 0.5, unhealthyThreshold: 2 } as const;
    const healthCheck = { ...check, intervalSeconds: 0.2, healthyThreshold: 2, matcher: { httpCode: '200' } };
    await harness.group('echo', { protocol: 'TCP', healthCheck });
    const settings = { protocol: 'TCP', defaultAction: forwardTo('echo') } as const;
    const port = await harness.listen('echo', { type: 'network', settings });
    await harness.register('echo', [target]);
    await until('it is unhealthy', () => harness.target('echo', target)?.health.state === 'unhealthy');
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    socket.write('bytes');
    await until('it was echoed', () => received === 'bytes');
    socket.destroy();
    echo.close();
  });
});
