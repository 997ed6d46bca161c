import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Condition, Rule } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, cookieOf } from '../../../../../test/support/ask';
import { DataPlaneDrill, selfSigned, until } from '../../../../../test/support/data-plane';
import { Load } from '../../../../../test/support/load';
import { HttpTarget } from '../../../../../test/support/targets';
import { forwardTo } from '../../../../../libs/domain/src/testing/load-balancing-events';

/** Of RFC 6455, 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

let drill: DataPlaneDrill;
beforeAll(async () => {
  drill = await DataPlaneDrill.start();
});
afterAll(() => drill.stop());

const started = (...names: readonly string[]): Promise<HttpTarget[]> =>
  Promise.all(names.map((name) => HttpTarget.start(name)));

function rule(priority: number, conditions: readonly Condition[], action: Rule['action']): Rule {
  return { id: `r${String(priority)}`, priority, conditions, action, tags: [] };
}

async function addRules(loadBalancer: string, rules: readonly Rule[]): Promise<void> {
  const listener = `${loadBalancer}-listener`;
  await drill.commit(
    ...rules.map((each) => ({ type: 'RuleCreated', version: 1, loadBalancer, listener, rule: each }) as const),
  );
}

describe('traffic', () => {
  it('loses no request while every target is replaced and a rule changes', async () => {
    const olds = await started('a', 'b', 'c');
    const port = await drill.serve('rolling', olds);
    const path = (): string => `/?ms=${String(Math.floor(Math.random() * 300))}`;
    const loads = [true, false].map((keepAlive) =>
      Load.start({ host: '127.0.0.1', port, path, perSecond: 100, keepAlive }),
    );
    for (const old of olds) {
      const next = await HttpTarget.start(`${old.name}2`);
      await drill.register('rolling', [next]);
      await drill.healthy('rolling', [next]);
      await addRules('rolling', [
        rule(next.port, [{ field: 'path-pattern', values: [`/${old.name}`] }], forwardTo('rolling')),
      ]);
      await drill.deregister('rolling', [old]);
      await drill.drained('rolling', [old]);
      await old.kill();
    }
    for (const load of loads) {
      await load.stop();
      expect(load.failures).toEqual([]);
      expect([...load.answers.keys()].sort()).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2']);
    }
  });

  it('goes by the first rule whose conditions all hold', async () => {
    const [web, other] = (await started('web', 'other')) as [HttpTarget, HttpTarget];
    await drill.group('other');
    const port = await drill.serve('ruled', [web]);
    const said = (text: string): Rule['action'] => ({
      type: 'fixed-response',
      statusCode: '200',
      contentType: 'text/plain',
      messageBody: text,
    });
    await addRules('ruled', [
      rule(1, [{ field: 'path-pattern', values: ["/it's/*", '/q?'] }], said('path')),
      rule(
        2,
        [
          { field: 'host-header', values: ['*.Example.com'] },
          { field: 'http-request-method', values: ['PUT'] },
        ],
        said('host and method'),
      ),
      rule(3, [{ field: 'http-header', name: 'X-Kind', values: ['b*'] }], said('header')),
      rule(4, [{ field: 'query-string', values: [{ key: 'v', value: '2?' }, { value: 'any' }] }], said('query')),
      rule(5, [{ field: 'source-ip', values: ['10.0.0.0/8'] }], said('nobody')),
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
    await drill.register('other', [other]);
    await drill.healthy('other', [other]);
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

  it('is spread by weight, and stays in its group when that is wanted', async () => {
    const [one, two] = (await started('one', 'two')) as [HttpTarget, HttpTarget];
    await drill.group('two');
    const port = await drill.serve('weighted', [one]);
    await drill.register('two', [two]);
    const targetGroups = [
      { targetGroup: 'weighted', targetGroupId: 'weighted-id', weight: 3 },
      { targetGroup: 'two', targetGroupId: 'two-id', weight: 1 },
    ];
    await drill.act('weighted', { type: 'forward', targetGroups, stickiness: { durationSeconds: 60 } });
    await drill.healthy('two', [two]);
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
    'reaches targets that came later, too, by %s',
    async (algorithm) => {
      const name = algorithm.replaceAll('_', '-');
      const [first, ...later] = (await started('d1', 'd2', 'd3', 'd4')) as [HttpTarget, ...HttpTarget[]];
      const port = await drill.serve(name, [first], { 'load_balancing.algorithm.type': algorithm });
      await drill.register(name, later);
      await drill.healthy(name, later);
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask(port)));
      expect([...new Set(answers.map(({ body }) => body))].sort()).toEqual(['d1', 'd2', 'd3', 'd4']);
    },
  );

  it('sticks to its target by cookie until that drains, also when HAProxy was killed meanwhile', async () => {
    const targets = await started('s1', 's2', 's3');
    const port = await drill.serve('sticky', targets, { 'stickiness.enabled': 'true' });
    let cookie = '';
    await until('its cookie is known', async () => {
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
    process.kill(drill.haproxy.pid!, 'SIGKILL');
    await until('it serves again', () =>
      ask(port).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(await asked()).toEqual(new Set([mine]));
    const target = targets.find(({ name }) => name === mine)!;
    await drill.deregister('sticky', [target]);
    await drill.drained('sticky', [target]);
    expect((await asked()).has(mine!)).toBe(false);
  });

  it('comes over TLS as HTTP/2, and goes through as a WebSocket', async () => {
    mkdirSync(drill.config.certificatesDir, { recursive: true });
    writeFileSync(join(drill.config.certificatesDir, 'web.pem'), selfSigned('web.test', drill.directory));
    const target = await HttpTarget.start('secure');
    target.server.on('upgrade', ({ headers }, socket) => {
      const accept = createHash('sha1')
        .update(`${headers['sec-websocket-key'] ?? ''}${WEBSOCKET_GUID}`)
        .digest('base64');
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
      socket.pipe(socket);
    });
    await drill.group('secure');
    const port = await drill.listen('secure', {
      settings: {
        protocol: 'HTTPS',
        certificates: ['arn:aws:acm:us-east-1:123456789012:certificate/web'],
        defaultAction: forwardTo('secure'),
      },
    });
    const plain = await drill.listen('plain', { settings: { defaultAction: forwardTo('secure') } });
    await drill.register('secure', [target]);
    await drill.healthy('secure', [target]);
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
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('\r\n\r\n') && (said + text).includes('\r\n\r\n')) socket.write('there and back');
      said += text;
    });
    await until('it was echoed', () => said.endsWith('there and back'));
    // What is open is a connection: the target drains until it is closed.
    await drill.deregister('secure', [target]);
    await until('it drains', () => drill.target('secure', target)?.health.state === 'draining');
    socket.write('!');
    await until('it goes on', () => said.endsWith('!'));
    socket.destroy();
    await drill.drained('secure', [target]);
  });

  it('goes through a network load balancer as it is', async () => {
    const echo = createServer((socket) => void socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const target = { port: (echo.address() as AddressInfo).port };
    await drill.group('echo', {
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
    const port = await drill.listen('echo', {
      type: 'network',
      settings: { protocol: 'TCP', defaultAction: forwardTo('echo') },
    });
    await drill.register('echo', [target]);
    await drill.healthy('echo', [target]);
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.write('bytes');
    await until('it was echoed', () => said === 'bytes');
    socket.destroy();
    echo.close();
  });
});
