import { connect, createServer, type AddressInfo, type Server } from 'node:net';
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

/** Counts the targets that answered `count` requests. */
async function answering(one: () => Promise<string>, requests = 12): Promise<ReadonlySet<string>> {
  return new Set(await Promise.all(Array.from({ length: requests }, one)));
}

describe('stickiness by an application cookie', () => {
  const SESSION = 'SESSION';

  it('starts when the application sets its cookie, and holds while the client sends both cookies', async () => {
    const targets = await Promise.all(['a1', 'a2', 'a3'].map((name) => HttpTarget.start(name)));
    let setsCookie = false;
    for (const { server } of targets) {
      server.prependListener('request', (_, response) => {
        if (setsCookie) response.setHeader('Set-Cookie', `${SESSION}=mine; Path=/`);
      });
    }
    const port = await harness.serve('by-app', targets, {
      'stickiness.enabled': 'true',
      'stickiness.type': 'app_cookie',
      'stickiness.app_cookie.cookie_name': SESSION,
      'stickiness.app_cookie.duration_seconds': '77',
    });
    const without = await ask(port);
    expect(cookieOf(without, 'AWSALBAPP-0')).toBeUndefined();
    setsCookie = true;
    const first = await ask(port);
    expect([first.headers['set-cookie']].flat().some((cookie) => cookie?.endsWith('Max-Age=77'))).toBe(true);
    setsCookie = false;
    const token = cookieOf(first, 'AWSALBAPP-0') ?? '';
    const asking = (cookie: string) => (): Promise<string> => ask(port, '/', { cookie }).then(({ body }) => body);
    const both = `${SESSION}=mine; ${token}`;
    // The map of the servers that take requests follows the health.
    await until('it holds', async () => (await answering(asking(both))).size === 1);
    expect(await answering(asking(both))).toEqual(new Set([first.body]));
    expect((await answering(asking(token))).size).toBe(targets.length);
  });
});

describe('stickiness by the source address', () => {
  /** Sends its name to each client that connects. */
  const named = async (name: string): Promise<Server> => {
    const server = createServer((socket) => socket.on('error', () => undefined).end(name));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  const portOf = (server: Server): { readonly port: number } => ({ port: (server.address() as AddressInfo).port });

  function greeting(port: number, localAddress: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress });
      let received = '';
      socket.setEncoding('utf8').on('data', (text: string) => (received += text));
      socket.on('end', () => resolve(received)).on('error', reject);
    });
  }

  it('keeps a client at its target, spreads clients, and moves few of them when a target is removed', async () => {
    const servers = await Promise.all(['n1', 'n2', 'n3'].map(named));
    const check = { protocol: 'TCP', port: 'traffic-port', intervalSeconds: 0.2, timeoutSeconds: 0.5 } as const;
    const healthCheck = { ...check, healthyThreshold: 2, unhealthyThreshold: 2 };
    const attributes = { 'stickiness.enabled': 'true', 'stickiness.type': 'source_ip' };
    await harness.group('by-source', { protocol: 'TCP', healthCheck }, attributes);
    const settings = { protocol: 'TCP', defaultAction: forwardTo('by-source') } as const;
    const port = await harness.listen('by-source', { type: 'network', settings });
    await harness.register('by-source', servers.map(portOf));
    await harness.healthy('by-source', servers.map(portOf));
    // All of 127.0.0.0/8 belongs to this machine.
    const clients = Array.from({ length: 100 }, (_, at) => `127.0.2.${String(at + 1)}`);
    const before = new Map<string, string>();
    for (const client of clients) {
      const [only, ...others] = await answering(() => greeting(port, client), 3);
      expect(others).toEqual([]);
      before.set(client, only ?? '');
    }
    expect(new Set(before.values())).toEqual(new Set(['n1', 'n2', 'n3']));
    await harness.deregister('by-source', servers.slice(0, 1).map(portOf));
    await harness.drained('by-source', servers.slice(0, 1).map(portOf));
    for (const client of clients) {
      const now = await greeting(port, client);
      if (before.get(client) === 'n1') expect(now).not.toBe('n1');
      else expect(now).toBe(before.get(client));
    }
    for (const server of servers) server.close();
  });
});
