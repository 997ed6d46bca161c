import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterName, type DomainEvent } from '@stowage/domain';
import { connect, credsAuthenticator, headers, type JsMsg, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../../test/support/free-port';
import { NatsServer } from '../../../../test/support/nats-server';
import { readConfig, RuntimeConfig } from '../config';
import { type EventReaderAccess, EventReaderService, type EventReaderRequest } from '../readers/event-reader-service';
import type { Runtime } from '../runtime';
import { startRuntime } from '../start-runtime';
import { type Authority, controlPlaneCredentials, createAuthority } from './authority';
import { natsServerConfig } from './nats-server-config';

const STREAM = 'JOURNAL';
const HOUR_MS = 3_600_000;
const PATIENCE = { timeout: 10_000, interval: 20 };
const FROM_THE_BEGINNING: EventReaderRequest = { start: { sequence: 1 }, expiresInMs: HOUR_MS };

/** Servers in operator mode, with the configuration that `stowage prepare` writes. */
async function startServers(directory: string, authority: Authority, nodes: number): Promise<readonly NatsServer[]> {
  const routePorts = await Promise.all(Array.from({ length: nodes }, () => freePort()));
  const routes = routePorts.map((port) => `nats-route://127.0.0.1:${String(port)}`);
  return Promise.all(
    routePorts.map((port, at) => {
      const name = `n${String(at)}`;
      const config = natsServerConfig({
        authority,
        serverName: name,
        host: '127.0.0.1',
        port: -1,
        storeDir: join(directory, name),
        ...(nodes > 1 && { cluster: { name: 'stowage', host: '127.0.0.1', port, routes } }),
      });
      const configFile = join(directory, `${name}.conf`);
      writeFileSync(configFile, config);
      return NatsServer.start({ configFile });
    }),
  );
}

/** Servers of a cluster need some time until they accept a stream. */
async function startWhenReady(environment: Readonly<Record<string, string>>): Promise<Runtime> {
  for (const deadline = Date.now() + 30_000; ;) {
    try {
      return await startRuntime(readConfig(RuntimeConfig, environment), 'test');
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe.each([{ nodes: 1 }, { nodes: 3 }])('a program that reads events from NATS, of $nodes', ({ nodes }) => {
  let directory: string;
  let servers: readonly NatsServer[] = [];
  let runtime: Runtime;
  let desk: EventReaderService;
  let authority: Authority;
  let turn = 0;
  const connections: NatsConnection[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stowage-readers-'));
    authority = await createAuthority(join(directory, 'authority'));
    servers = await startServers(directory, authority, nodes);
    runtime = await startWhenReady({
      STOWAGE_NATS_URLS: servers.map(({ url }) => url).join(),
      STOWAGE_NATS_CREDS_FILE: await controlPlaneCredentials(authority),
      STOWAGE_DATA_DIR: join(directory, 'data'),
      STOWAGE_LOG_LEVEL: 'error',
      STOWAGE_JOURNAL_REPLICAS: String(nodes),
    });
    desk = deskFor(1_000);
    for (let at = 0; at < 20; at += 1) await createCluster(`c${String(at)}`);
  }, 60_000);
  afterAll(async () => {
    for (const connection of connections) await connection.close();
    await runtime.close();
    for (const server of servers) await server.stop();
    rmSync(directory, { recursive: true });
  });

  const deskFor = (readersMax: number): EventReaderService =>
    new EventReaderService(runtime, {
      authority,
      natsUrls: servers.map(({ url }) => url),
      readersMax,
      idleMs: HOUR_MS,
    });

  const store = async (...events: readonly DomainEvent[]): Promise<number> => {
    const command = { decide: () => ({ events, result: undefined }), atLeast: 0, actor: 'a', cause: 'c' };
    return (await runtime.commands.execute(command)).sequence;
  };

  const createCluster = (name: string): Promise<number> =>
    store({
      ...{ type: 'ClusterCreated', version: 1, cluster: clusterName(name), settings: [], tags: [] },
      ...{ capacityProviders: [], defaultCapacityProviderStrategy: [] },
    });

  /** Connects a program with nothing but the access that it received. Each connection goes to another server. */
  const connectWith = async ({ credentials, inboxPrefix }: EventReaderAccess): Promise<NatsConnection> => {
    turn += 1;
    const connection = await connect({
      servers: servers[turn % servers.length]?.url ?? '',
      authenticator: credsAuthenticator(Buffer.from(credentials)),
      inboxPrefix,
      reconnect: false,
      ignoreClusterUpdates: true,
    });
    connections.push(connection);
    return connection;
  };

  const take = async (
    nats: NatsConnection,
    { apiPrefix, stream, consumer }: EventReaderAccess,
    count: number,
  ): Promise<readonly JsMsg[]> => {
    const reader = await nats.jetstream({ apiPrefix }).consumers.get(stream, consumer);
    const messages: JsMsg[] = [];
    for await (const message of await reader.consume({ max_messages: 10 })) {
      messages.push(message);
      if (messages.length === count) break;
    }
    return messages;
  };

  /** Number of pulls from the consumers that the servers have not answered yet. */
  const waitingPulls = async (consumers: readonly string[]): Promise<number> => {
    const manager = await runtime.nats.jetstreamManager();
    const infos = await Promise.all(consumers.map((consumer) => manager.consumers.info(STREAM, consumer)));
    return infos.reduce((sum, { num_waiting }) => sum + num_waiting, 0);
  };

  /** Records what is published in the deployment's account from here on. */
  const hearing = async (): Promise<readonly string[]> => {
    const subjects: string[] = [];
    const control = await connect({
      servers: servers.map(({ url }) => url),
      authenticator: credsAuthenticator(readFileSync(await controlPlaneCredentials(authority))),
    });
    connections.push(control);
    control.subscribe('>', { callback: (_error, { subject }) => subjects.push(subject) });
    await control.flush();
    return subjects;
  };

  const subjectFor = (access: EventReaderAccess, verb: string): string =>
    `${access.apiPrefix}.CONSUMER.${verb}.${STREAM}.${access.consumer}`;

  it('receives every event in order and without a gap, from old to new, with the ordinary client', async () => {
    const end = await runtime.journal.lastSequence();
    const access = await desk.createReader(FROM_THE_BEGINNING);
    const taking = take(await connectWith(access), access, end + 5);
    for (let at = 0; at < 5; at += 1) await createCluster(`new-${String(at)}`);
    const messages = await taking;
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: end + 5 }, (_, at) => at + 1));
    expect(messages.map(({ info }) => info.deliverySequence)).toEqual(messages.map(({ seq }) => seq));
    expect(messages.at(-1)?.subject).toBe('journal.cluster.new-4');
    expect(messages.at(-1)?.json()).toMatchObject({ event: { type: 'ClusterCreated', cluster: 'new-4' } });
  });

  it('starts at the requested position, and reads one cluster if requested', async () => {
    const since = await createCluster('mine');
    await createCluster('mine-not');
    const tags: DomainEvent = { type: 'ClusterTagsSet', version: 1, cluster: clusterName('mine'), tags: [] };
    const last = await store(tags);
    const access = await desk.createReader({
      start: { sequence: since },
      cluster: clusterName('mine'),
      expiresInMs: HOUR_MS,
    });
    expect((await take(await connectWith(access), access, 2)).map(({ seq }) => seq)).toEqual([since, last]);
    const next = await desk.createReader({ start: 'new', expiresInMs: HOUR_MS });
    const then = await createCluster('then');
    expect((await take(await connectWith(next), next, 1)).map(({ seq }) => seq)).toEqual([then]);
  });

  it('receives no secrets: neither principals nor join tokens', async () => {
    const before = await createCluster('before');
    const sealedSecret = 'sealed';
    await store({
      ...{ type: 'JoinTokenCreated', version: 1, token: 'a'.repeat(16), cluster: clusterName('before') },
      ...{ expiresAt: Date.now() + HOUR_MS, oneTime: true, sealedSecret },
    });
    const arn = 'arn:aws:iam::123456789012:user/u';
    await store({ type: 'PrincipalCreated', version: 1, name: 'u', arn });
    await store({
      ...{
        type: 'AccessKeyCreated',
        version: 1,
        principal: 'u',
        arn,
        accessKeyId: 'AKIA0000000000000000',
      },
      sealedSecret,
    });
    const after = await createCluster('after');
    const access = await desk.createReader({ start: { sequence: before }, expiresInMs: HOUR_MS });
    expect((await take(await connectWith(access), access, 2)).map(({ seq }) => seq)).toEqual([before, after]);
  });

  it('has access to nothing else: no other subject, stream or consumer, nor the events of another reader', async () => {
    const access = await desk.createReader(FROM_THE_BEGINNING);
    const other = await desk.createReader(FROM_THE_BEGINNING);
    const nats = await connectWith(access);
    const refused = refusalsOf(nats);
    const heard = await hearing();
    const end = await runtime.journal.lastSequence();
    const subjects = [
      'journal.cluster.x',
      'agents.a.hint',
      'cluster-manager.CreateCluster',
      `$JS.API.STREAM.DELETE.${STREAM}`,
      `$JS.API.STREAM.MSG.GET.${STREAM}`,
      '$JS.API.STREAM.CREATE.MINE',
      `$JS.API.CONSUMER.CREATE.${STREAM}.mine`,
      `$JS.API.CONSUMER.DELETE.${STREAM}.${other.consumer}`,
      `$JS.API.CONSUMER.MSG.NEXT.${STREAM}.${access.consumer}`,
      ...[
        subjectFor(other, 'MSG.NEXT'),
        subjectFor(other, 'INFO'),
        subjectFor(access, 'CREATE'),
        subjectFor(access, 'DELETE'),
      ],
      `${access.apiPrefix}.STREAM.INFO.${STREAM}`,
      `$JS.ACK.${STREAM}.${other.consumer}.1.1.1.1.0`,
      access.inboxPrefix,
    ];
    for (const subject of subjects) nats.publish(subject, '', { reply: `${access.inboxPrefix}.answer` });
    await expect.poll(() => refused, PATIENCE).toEqual(subjects);
    for (const subject of ['>', 'journal.>', '_INBOX.>', `${other.inboxPrefix}.>`, `${access.apiPrefix}.>`]) {
      const error = await new Promise<Error | null>((resolve) => {
        nats.subscribe(subject, { callback: (refusal) => resolve(refusal) });
      });
      expect(error?.message, subject).toMatch(/permission/i);
    }
    await createCluster('a-moment-later');
    expect(heard.filter((subject) => subjects.includes(subject))).toEqual([]);
    expect(await runtime.journal.lastSequence()).toBe(end + 1);
  });

  it('receives its answers only in its own account, with any reply subject', async () => {
    const other = await desk.createReader(FROM_THE_BEGINNING);
    const end = await createCluster('the-end');
    const next = `$JS.API.CONSUMER.MSG.NEXT.${STREAM}.${other.consumer}`;
    const replies = [
      ...['journal.cluster.x', 'journal.guard', 'agents.a.hint', 'agents.a.work', 'cluster-manager.CreateCluster'],
      ...['STREAM.DELETE', 'STREAM.PURGE', 'STREAM.INFO'].map((verb) => `$JS.API.${verb}.${STREAM}`),
      `$JS.API.CONSUMER.DELETE.${STREAM}.${other.consumer}`,
      ...[next, subjectFor(other, 'MSG.NEXT'), `${other.inboxPrefix}.x`, '_INBOX.x', '$SYS.REQ.SERVER.PING'],
      ...[`$JS.ACK.${STREAM}.${other.consumer}.1.1.1.1.0`, '_R_.a.b', '$JSC.R.a'],
    ];
    const heard = await hearing();
    const consumers: string[] = [];
    for (const reply of replies) {
      const access = await desk.createReader({ start: { sequence: end }, expiresInMs: HOUR_MS });
      consumers.push(access.consumer);
      const asker = await connectWith(access);
      // The journal's last event as an answer, and then an empty answer, because there are no more events.
      for (let time = 0; time < 2; time += 1) {
        asker.publish(subjectFor(access, 'MSG.NEXT'), JSON.stringify({ batch: 2, expires: 50_000_000 }), { reply });
      }
      asker.publish(subjectFor(access, 'INFO'), '', { reply });
      await flushed(asker);
      // NATS also reports the route of a message to the subject in this header.
      const traced = headers();
      traced.set('Nats-Trace-Dest', reply);
      const tracer = await connectWith(access);
      tracer.publish(subjectFor(access, 'INFO'), '', { reply: `${access.inboxPrefix}.x`, headers: traced });
      await flushed(tracer);
    }
    await expect.poll(() => waitingPulls(consumers), PATIENCE).toBe(0);
    // It is published after the answers to the last pulls, so that they have arrived when it arrives.
    runtime.nats.publish('cluster-manager.TheEnd');
    await expect.poll(() => heard, PATIENCE).toContain('cluster-manager.TheEnd');
    expect(heard.filter((subject) => replies.includes(subject))).toEqual([]);
    expect(await runtime.journal.lastSequence()).toBe(end);
    // No request was made in its name, so it receives the first events.
    const untouched = await take(await connectWith(other), other, 5);
    expect(untouched.map(({ info }) => [info.streamSequence, info.deliverySequence])).toEqual(
      [1, 2, 3, 4, 5].map((each) => [each, each]),
    );
  });

  it('is limited in number and in time', async () => {
    const few = deskFor(1);
    await expect(few.createReader(FROM_THE_BEGINNING)).rejects.toThrow(
      'There are 1 readers on NATS already (STOWAGE_NATS_EVENT_READERS_MAX).',
    );
    const nats = await connectWith(await desk.createReader({ start: 'new', expiresInMs: 2_000 }));
    const closed = await nats.closed();
    expect(closed?.message).toMatch(/expired/i);
  });
});

/** Returns the subjects to which a connection was not allowed to publish, in the order of its attempts. */
function refusalsOf(nats: NatsConnection): readonly string[] {
  const refused: string[] = [];
  const watch = async (): Promise<void> => {
    for await (const { permissionContext } of nats.status()) {
      if (permissionContext?.operation === 'publish') refused.push(permissionContext.subject);
    }
  };
  void watch();
  return refused;
}

/** Resolves when the server has processed all that was sent, or has closed the connection because of it. */
async function flushed(nats: NatsConnection): Promise<void> {
  await Promise.race([nats.flush().catch(() => undefined), nats.closed()]);
}
