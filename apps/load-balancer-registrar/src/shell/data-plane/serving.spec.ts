import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Condition, Rule } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, cookieOf } from '../../../../../test/support/ask';
import { DataPlaneHarness, selfSigned } from '../../../../../test/support/data-plane';
import { Load } from '../../../../../test/support/load';
import { HttpTarget } from '../../../../../test/support/targets';
import { until } from '../../../../../test/support/waits';
import { forwardTo } from '../../../../../libs/domain/src/testing/load-balancing-events';

/** Example of RFC 6455, 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

let harness: DataPlaneHarness;
beforeAll(async () => {
  harness = await DataPlaneHarness.start();
});
afterAll(() => harness.stop());

const started = (...names: readonly string[]): Promise<HttpTarget[]> =>
  Promise.all(names.map((name) => HttpTarget.start(name)));

function rule(priority: number, conditions: readonly Condition[], action: Rule['action']): Rule {
  return { id: `r${String(priority)}`, priority, conditions, action, tags: [] };
}

async function addRules(loadBalancer: string, rules: readonly Rule[]): Promise<void> {
  const listener = `${loadBalancer}-listener`;
  await harness.commit(
    ...rules.map((each) => ({ type: 'RuleCreated', version: 1, loadBalancer, listener, rule: each }) as const),
  );
}

describe('traffic', () => {
  it('loses no request while every target is replaced and a rule changes', async () => {
    const olds = await started('a', 'b', 'c');
    const port = await harness.serve('rolling', olds);
    const path = (): string => `/?ms=${String(Math.floor(Math.random() * 300))}`;
    const loads = [true, false].map((keepAlive) =>
      Load.start({ host: '127.0.0.1', port, path, perSecond: 100, keepAlive }),
    );
    for (const old of olds) {
      const next = await HttpTarget.start(`${old.name}2`);
      await harness.register('rolling', [next]);
      await harness.healthy('rolling', [next]);
      await addRules('rolling', [
        rule(next.port, [{ field: 'path-pattern', values: [`/${old.name}`] }], forwardTo('rolling')),
      ]);
      await harness.deregister('rolling', [old]);
      await harness.drained('rolling', [old]);
      await old.kill();
    }
    for (const load of loads) {
      await load.stop();
      expect(load.failures).toEqual([]);
      expect([...load.answers.keys()].sort()).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2']);
    }
  });

  it('follows the first rule of which all conditions match', async () => {
    const [web, other] = (await started('web', 'other')) as [HttpTarget, HttpTarget];
    await harness.group('other');
    const port = await harness.serve('ruled', [web]);
    const respond = (text: string): Rule['action'] => ({
      type: 'fixed-response',
      statusCode: '200',
      contentType: 'text/plain',
      messageBody: text,
    });
    await addRules('ruled', [
      rule(1, [{ field: 'path-pattern', values: ["/it's/*", '/q?'] }], respond('path')),
      rule(
        2,
        [
          { field: 'host-header', values: ['*.Example.com'] },
          { field: 'http-request-method', values: ['PUT'] },
        ],
        respond('host and method'),
      ),
      rule(3, [{ field: 'http-header', name: 'X-Kind', values: ['b*'] }], respond('header')),
      rule(4, [{ field: 'query-string', values: [{ key: 'v', value: '2?' }, { value: 'any' }] }], respond('query')),
      rule(5, [{ field: 'source-ip', values: ['10.0.0.0/8'] }], respond('never')),
      rule(6, [{ field: 'path-pattern', values: ['/old/*'] }], {
        type: 'redirect',
        statusCode: 'HTTP_301',
        protocol: 'HTTPS',
        host: 'new.#{host}',
        port: '443',
        path: '/#{path}',
        query: '#{query}',
      }),
      rule(
        7,
        [
          { field: 'source-ip', values: ['127.0.0.0/8'] },
          { field: 'path-pattern', values: ['/other'] },
        ],
        forwardTo('other'),
      ),
    ]);
    await harness.register('other', [other]);
    await harness.healthy('other', [other]);
    await until('the rules hold', async () => (await ask(port, '/q1')).body === 'path');
    expect((await ask(port, "/it's/so")).body).toBe('path');
    expect((await ask(port, '/Q1')).body).toBe('web');
    expect((await ask(port, '/', { host: 'www.example.com:80' }, 'PUT')).body).toBe('host and method');
    expect((await ask(port, '/', { host: 'www.example.com' })).body).toBe('web');
    expect((await ask(port, '/', { 'x-kind': 'BLUE' })).body).toBe('header');
    expect((await ask(port, '/?a=1&v=2x')).body).toBe('query');
    expect((await ask(port, '/?k=any')).body).toBe('query');
    expect((await ask(port, '/?v=2')).body).toBe('web');
    expect(await ask(port, '/old/a%20b?x=1')).toMatchObject({
      status: 301,
      headers: { location: 'https://new.127.0.0.1:443/old/a%20b?x=1' },
    });
    expect((await ask(port, '/old/a')).headers['location']).toBe('https://new.127.0.0.1:443/old/a');
    expect((await ask(port, '/other')).body).toBe('other');
    expect(other.seen.at(-1)?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
    });
  });

  it('is spread by weight, and stays in its group with group stickiness', async () => {
    const [one, two] = (await started('one', 'two')) as [HttpTarget, HttpTarget];
    await harness.group('two');
    const port = await harness.serve('weighted', [one]);
    await harness.register('two', [two]);
    const targetGroups = [
      { targetGroup: 'weighted', targetGroupId: 'weighted-id', weight: 3 },
      { targetGroup: 'two', targetGroupId: 'two-id', weight: 1 },
    ];
    await harness.act('weighted', { type: 'forward', targetGroups, stickiness: { durationSeconds: 60 } });
    await harness.healthy('two', [two]);
    await until('both answer', async () => (await ask(port)).body === 'two');
    const answers = await Promise.all(Array.from({ length: 400 }, () => ask(port)));
    const share = answers.filter(({ body }) => body === 'two').length / answers.length;
    expect(share).toBeGreaterThan(0.12);
    expect(share).toBeLessThan(0.4);
    const of = (name: string): Answer => answers.find(({ body }) => body === name)!;
    for (const name of ['one', 'two']) {
      const cookie = cookieOf(of(name), 'AWSALBTG') ?? '';
      const again = await Promise.all(Array.from({ length: 10 }, () => ask(port, '/', { cookie })));
      expect(new Set(again.map(({ body }) => body))).toEqual(new Set([name]));
    }
  });

  it.each(['round_robin', 'least_outstanding_requests', 'weighted_random'])(
    'reaches targets that were added later, by %s',
    async (algorithm) => {
      const name = algorithm.replaceAll('_', '-');
      const [first, ...later] = (await started('d1', 'd2', 'd3', 'd4')) as [HttpTarget, ...HttpTarget[]];
      const port = await harness.serve(name, [first], { 'load_balancing.algorithm.type': algorithm });
      await harness.register(name, later);
      await harness.healthy(name, later);
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask(port)));
      expect([...new Set(answers.map(({ body }) => body))].sort()).toEqual(['d1', 'd2', 'd3', 'd4']);
    },
  );

  it('stays at its target by cookie until the target drains, also after HAProxy was killed', async () => {
    const targets = await started('s1', 's2', 's3');
    const port = await harness.serve('sticky', targets, { 'stickiness.enabled': 'true' });
    let cookie = '';
    await until('the map has the token of its cookie', async () => {
      const first = await ask(port);
      cookie = cookieOf(first, 'AWSALB') ?? '';
      return (
        (await ask(port, '/', { cookie })).body === first.body && (await ask(port, '/', { cookie })).body === first.body
      );
    });
    const asked = async (): Promise<ReadonlySet<string>> =>
      new Set(
        (await Promise.all(Array.from({ length: 12 }, () => ask(port, '/', { cookie })))).map(({ body }) => body),
      );
    const [mine] = await asked();
    expect(await asked()).toEqual(new Set([mine]));
    process.kill(harness.haproxy.pid!, 'SIGKILL');
    await until('it serves again', () =>
      ask(port).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(await asked()).toEqual(new Set([mine]));
    const target = targets.find(({ name }) => name === mine)!;
    await harness.deregister('sticky', [target]);
    await harness.drained('sticky', [target]);
    expect((await asked()).has(mine!)).toBe(false);
  });

  it('over TLS may use HTTP/2 or WebSocket', async () => {
    mkdirSync(harness.config.certificatesDir, { recursive: true });
    writeFileSync(join(harness.config.certificatesDir, 'web.pem'), selfSigned('web.test', harness.directory));
    const target = await HttpTarget.start('secure');
    target.server.on('upgrade', ({ headers }, socket) => {
      const accept = createHash('sha1')
        .update(`${headers['sec-websocket-key'] ?? ''}${WEBSOCKET_GUID}`)
        .digest('base64');
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
      socket.pipe(socket);
    });
    await harness.group('secure');
    const port = await harness.listen('secure', {
      settings: {
        protocol: 'HTTPS',
        certificates: ['arn:aws:acm:us-east-1:123456789012:certificate/web'],
        defaultAction: forwardTo('secure'),
      },
    });
    const plain = await harness.listen('plain', { settings: { defaultAction: forwardTo('secure') } });
    await harness.register('secure', [target]);
    await harness.healthy('secure', [target]);
    const client = connectHttp2(`https://127.0.0.1:${String(port)}`, { rejectUnauthorized: false });
    const stream = client.request({ ':path': '/' });
    let body = '';
    stream.setEncoding('utf8').on('data', (text: string) => (body += text));
    await new Promise((resolve) => stream.on('end', resolve));
    expect(client.alpnProtocol).toBe('h2');
    expect(body.trim()).toBe('secure');
    client.close();

    await until('both listen', () =>
      ask(plain).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const socket = connect(plain, '127.0.0.1');
    const upgrade = ['GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
    socket.write(
      [...upgrade, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n'),
    );
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (!received.includes('\r\n\r\n') && (received + text).includes('\r\n\r\n')) socket.write('there and back');
      received += text;
    });
    await until('it was echoed', () => received.endsWith('there and back'));
    // The WebSocket is an open connection: the target drains until it is closed.
    await harness.deregister('secure', [target]);
    await until('it drains', () => harness.target('secure', target)?.health.state === 'draining');
    socket.write('!');
    await until('it goes on', () => received.endsWith('!'));
    socket.destroy();
    await harness.drained('secure', [target]);
  });

  it('passes a network load balancer unchanged', async () => {
    const echo = createServer((socket) => void socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const target = { port: (echo.address() as AddressInfo).port };
    await harness.group('echo', {
      protocol: 'TCP',
      healthCheck: {
        protocol: 'TCP',
        port: 'traffic-port',
        intervalSeconds: 0.2,
        timeoutSeconds: 0.5,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
      },
    });
    const port = await harness.listen('echo', {
      type: 'network',
      settings: { protocol: 'TCP', defaultAction: forwardTo('echo') },
    });
    await harness.register('echo', [target]);
    await harness.healthy('echo', [target]);
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    socket.write('bytes');
    await until('it was echoed', () => received === 'bytes');
    socket.destroy();
    echo.close();
  });
});
