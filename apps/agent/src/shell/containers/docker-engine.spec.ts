import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AgentConfig } from '../../config';
import { EngineError } from './container-engine';
import { DockerEngine } from './docker-engine';

const never = new AbortController().signal;
const { agentDockerSocket } = new AgentConfig();
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(server: Server, where: ListenOptions): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
}

/** Returns an engine on a socket where `answer` replaces Docker. */
async function engineOn(answer: RequestListener, answerTimeoutMs = 5_000): Promise<DockerEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'stowage-socket-'));
  const socketPath = join(directory, 'docker.sock');
  await serve(createServer(answer), { path: socketPath });
  closers.push(() => rm(directory, { recursive: true }));
  return new DockerEngine({ socketPath, answerTimeoutMs });
}

function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
}

type Calls = Readonly<Record<string, (engine: DockerEngine) => Promise<unknown>>>;

/** The calls whose time limit a test can await. */
const limited: Calls = {
  facts: (engine) => engine.facts(),
  image: (engine) => engine.image('busybox'),
  pull: (engine) => engine.pull('busybox', { signal: never, inactivityMs: 100 }),
  importImage: (engine) => engine.importImage('a:1', Buffer.alloc(1_024)),
  create: (engine) => engine.create('a', { Image: 'a' } as never, AbortSignal.timeout(100)),
  start: (engine) => engine.start('a', AbortSignal.timeout(100)),
  inspect: (engine) => engine.inspect('a'),
  list: (engine) => engine.list([]),
  volume: (engine) => engine.volume('a'),
  createVolume: (engine) => {
    const volume = { name: 'a', driver: 'local', driverOpts: {}, labels: {} };
    return engine.createVolume(volume, AbortSignal.timeout(100));
  },
  logs: (engine) => engine.logs('a', { tty: false, bytesMax: 1_000 }),
  stats: (engine) => engine.stats('a'),
};
const calls: Calls = {
  ...limited,
  stop: (engine) => engine.stop('a', 1_000),
  remove: (engine) => engine.remove('a'),
  removeVolume: (engine) => engine.removeVolume('a'),
  events: async (engine) => {
    for await (const _event of engine.events([], never)) continue;
  },
  logActivity: (engine) => engine.logActivity('a', '0', never),
};
/** Calls whose response is the output of a container, which may be any text. */
const LOG_CALLS = ['logs', 'logActivity'];

describe('Docker’s response to a name of any characters', () => {
  const names = [
    'http://x/y',
    'a//b',
    '../../x',
    '../info#',
    'a/../b',
    '..',
    '.',
    '',
    'a b',
    'a?b=c',
    'a\u0000b',
    '\ud800',
  ];

  it.each(names)('%j is the name of a missing image, or is rejected', async (name) => {
    const engine = new DockerEngine({ socketPath: agentDockerSocket, answerTimeoutMs: 30_000 });
    const answer = await engine.image(name).catch((error: unknown) => error);
    if (answer !== undefined) expect(answer).toMatchObject({ name: 'EngineError', kind: 'refused' });
  });

  it.each(names)('%j is the name of a missing volume and a missing container, or is rejected', async (name) => {
    const engine = new DockerEngine({ socketPath: agentDockerSocket, answerTimeoutMs: 30_000 });
    const answers = await Promise.allSettled([engine.volume(`${name}x`), engine.inspect(`${name}x`)]);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(EngineError);
      else expect(answer.value).toBeUndefined();
    }
  });
});

describe('a redirect', () => {
  it.each(Object.keys(calls))('is not followed by %s', async (name) => {
    const requests: string[] = [];
    const elsewhere = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.end('{}');
    });
    await serve(elsewhere, { host: '127.0.0.1', port: 0 });
    const location = `http://127.0.0.1:${String((elsewhere.address() as AddressInfo).port)}/`;
    const engine = await engineOn((_request, response) => response.writeHead(301, { location }).end());
    expect(await failure(calls[name]!(engine))).toMatchObject({ name: 'EngineError', kind: 'refused' });
    expect(requests).toEqual([]);
  });

  it('to an address with an unknown protocol is an error like any other', async () => {
    const engine = await engineOn((_request, response) => response.writeHead(301, { location: 'gopher://x' }).end());
    expect(await failure(engine.image('a'))).toMatchObject({ name: 'EngineError', kind: 'refused' });
  });
});

describe('a Docker that never answers', () => {
  it('ends a subscription to its events at the time limit', async () => {
    const engine = await engineOn(() => undefined, 100);
    expect(await failure(calls['events']!(engine))).toMatchObject({ name: 'EngineError', kind: 'timeout' });
  });

  it.each(Object.keys(limited))('ends %s at its time limit', async (name) => {
    const engine = await engineOn(() => undefined, 100);
    const error = await failure(limited[name]!(engine));
    expect(error).toMatchObject({ name: 'EngineError', kind: name === 'pull' ? 'refused' : 'timeout' });
  });

  it.each(Object.keys(limited))('ends %s at its time limit when it stops in the middle of a response', async (name) => {
    const engine = await engineOn((_request, response) => void response.writeHead(200).write('{"a":'), 100);
    const error = await failure(limited[name]!(engine));
    expect(error).toMatchObject({ name: 'EngineError', kind: name === 'pull' ? 'refused' : 'timeout' });
  });
});

describe('a Docker that closes the connection in the middle of a response', () => {
  // Any output counts as activity.
  it.each(Object.keys(calls).filter((name) => name !== 'logActivity'))('is unreachable for %s', async (name) => {
    const engine = await engineOn((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"a":', () => response.destroy());
    });
    expect(await failure(calls[name]!(engine))).toMatchObject({ name: 'EngineError', kind: 'unreachable' });
  });
});

describe('a response that is not JSON', () => {
  it.each(Object.keys(calls).filter((name) => !LOG_CALLS.includes(name)))('fails only %s', async (name) => {
    const engine = await engineOn((_request, response) => void response.writeHead(200).end('<html>'));
    expect(await failure(calls[name]!(engine))).toMatchObject({ name: 'EngineError', kind: 'refused' });
  });
});

describe('a pull', () => {
  it('fails when Docker reports no progress for the inactivity timeout, and not before', async () => {
    const engine = await engineOn((_request, response) => {
      response.writeHead(200).write('{"status":"Pulling"}\n');
      for (const afterMs of [150, 300, 450]) {
        setTimeout(() => response.write('{"status":"Downloading"}\n'), afterMs);
      }
    });
    const before = performance.now();
    const error = await failure(engine.pull('a', { signal: never, inactivityMs: 250 }));
    expect(error).toMatchObject({ kind: 'refused', message: 'inactivity time exceeded timeout while pulling image' });
    expect(performance.now() - before).toBeGreaterThan(650);
  });
});
