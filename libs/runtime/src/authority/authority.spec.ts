import { createServer, type Server } from 'node:http';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterName, type Hint, instanceId, journalId, type LogsAnswer, Refusal } from '@stowage/domain';
import { connect, credsAuthenticator, type NatsConnection, type TlsOptions } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsServer } from '../../../../test/support/nats-server';
import { AgentLink } from '../agent-link';
import { requestLogs, hint, serveAgents } from '../agents-server';
import { readConfig, RuntimeConfig } from '../config';
import { JoinService } from '../join/join-service';
import { admitAgent, connectAgent } from '../join/admit-agent';
import { joinDeployment, joinedIdentity, type JoinedIdentity } from '../join/join-deployment';
import { connectNats } from '../nats-connection';
import { EventReaderService } from '../readers/event-reader-service';
import type { Runtime } from '../runtime';
import { SecretSealer } from '../sealing';
import { startRuntime } from '../start-runtime';
import { type Authority, controlPlaneCredentials, createAuthority } from './authority';
import { createCertificates } from './certificates';
import { natsServerConfig } from './nats-server-config';

const caller = { principal: 'arn:aws:iam::123456789012:root', requestId: 'r' };
const position = { journal: journalId('j'), sequence: 1 };

/**
 * A whole deployment on loopback with TLS: NATS in operator mode, the control plane, and the service where machines
 * join.
 */
describe('permissions on NATS', () => {
  let directory: string;
  let server: NatsServer;
  let authority: Authority;
  let runtime: Runtime;
  let desk: JoinService;
  let http: Server;
  let joinAt: string;
  const connections: NatsConnection[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stowage-authority-'));
    authority = await createAuthority(join(directory, 'authority'));
    const certificates = await createCertificates(authority.directory, ['127.0.0.1', 'nats.example'], Date.now());
    const configFile = join(directory, 'nats.conf');
    const storeDir = join(directory, 'store');
    writeFileSync(configFile, natsServerConfig({ authority, host: '127.0.0.1', port: -1, storeDir, certificates }));
    server = await NatsServer.start({ configFile });
    const natsUrls = [`tls://127.0.0.1:${String(server.port)}`];
    const environment = {
      STOWAGE_NATS_URLS: natsUrls.join(),
      STOWAGE_NATS_CREDS_FILE: await controlPlaneCredentials(authority),
      STOWAGE_NATS_CA_FILE: certificates.caFile,
      STOWAGE_DATA_DIR: join(directory, 'data'),
      STOWAGE_LOG_LEVEL: 'error',
    };
    runtime = await startRuntime(readConfig(RuntimeConfig, environment), 'test');
    const sealer = SecretSealer.withKeyFile(join(directory, 'secret.key'));
    desk = new JoinService(runtime, { authority, sealer, natsUrls, caFile: certificates.caFile });
    http = await serveJoin(desk);
    joinAt = `http://127.0.0.1:${portOf(http)}`;
    await runtime.commands.execute({
      decide: () => ({
        events: [
          {
            type: 'ClusterCreated',
            version: 1,
            cluster: clusterName('c'),
            settings: [],
            capacityProviders: [],
            defaultCapacityProviderStrategy: [],
            tags: [],
          },
        ],
        result: undefined,
      }),
      atLeast: 0,
      actor: 'a',
      cause: 'c',
    });
  });
  afterAll(async () => {
    for (const connection of connections) await connection.close();
    await runtime.close();
    http.close();
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  const newToken = async (oneTime = true): Promise<string> =>
    (await desk.createToken({ cluster: clusterName('c'), expiresInMs: 60_000, oneTime }, caller)).token;

  const connectAs = async (identity: JoinedIdentity): Promise<NatsConnection> => {
    const connection = await connectAgent(identity, { reconnectMs: 20, connectTimeoutMs: 2_000 });
    connections.push(connection);
    return connection;
  };

  it('allow a machine that joins to register, to receive hints and to answer requests for logs', async () => {
    const identity = await joinDeployment(joinAt, await newToken(), join(directory, 'agent-1'));
    expect(joinedIdentity(join(directory, 'agent-1'))).toEqual(identity);
    const serving = await serveAgents(runtime.nats, {
      register: (instance) => Promise.resolve({ accepted: false, reason: `hello ${instance}` }),
      heartbeat: () => Promise.resolve({ position, registered: true }),
      work: () => Promise.reject(new Error('not now')),
      'task-definition': () => Promise.resolve({ found: false }),
      report: () => Promise.resolve({ accepted: true, position }),
      recovered: () => Promise.resolve({ position }),
      'task-protection': () => Promise.resolve({ outcome: 'is' }),
    });
    const nats = await connectAs(identity);
    const link = new AgentLink(nats, identity.instance);
    const hints: Hint[] = [];
    link.onHint((news) => hints.push(news));
    link.onLogsRequest(({ task }): Promise<LogsAnswer> => Promise.resolve({ found: false, reason: `no ${task}` }));
    await nats.flush();

    const registered = await link.request('register', {} as never, 1_000);
    expect(registered).toEqual({ accepted: false, reason: `hello ${identity.instance}` });
    await expect(link.request('work', { cluster: identity.cluster }, 1_000)).rejects.toThrow('not now');
    hint(runtime.nats, identity.instance, { position });
    await expect.poll(() => hints).toEqual([{ position }]);
    const logs = await requestLogs(runtime.nats, identity.instance, { task: 't' as never }, 1_000);
    expect(logs).toEqual({ found: false, reason: 'no t' });
    await serving.close();
  });

  it('deny it all else: other instances, the journal, the JetStream API and the inboxes of others', async () => {
    const one = await joinDeployment(joinAt, await newToken(), join(directory, 'agent-2'));
    const other = await joinDeployment(joinAt, await newToken(), join(directory, 'agent-3'));
    const nats = await connectAs(one);
    const heard: string[] = [];
    const watch = runtime.nats.subscribe('>', { callback: (_error, message) => heard.push(message.subject) });
    await runtime.nats.flush();
    const forbidden = [
      `agents.${other.instance}.hint`,
      `agents.${other.instance}.heartbeat`,
      'agents.*.heartbeat',
      '_INBOX.>',
      `_INBOX_${other.instance}.>`,
      'journal.>',
      '$JS.API.STREAM.INFO.JOURNAL',
      '$JS.API.>',
      'cluster-manager.CreateCluster',
      '$SYS.>',
      '>',
    ];
    for (const subject of forbidden) {
      const refused = new Promise<Error | null>((resolve) => {
        nats.subscribe(subject, { callback: (error) => resolve(error) });
      });
      expect((await refused)?.message, subject).toMatch(/permission/i);
      if (/[*>]/.test(subject)) continue;
      nats.publish(subject, '{}');
    }
    for (const question of ['$JS.API.STREAM.INFO.JOURNAL', 'journal.cluster.c', '$JS.API.STREAM.DELETE.JOURNAL']) {
      await expect(nats.request(question, '{}', { timeout: 200 }), question).rejects.toThrow();
    }
    nats.publish(`agents.${one.instance}.hint`, '{}');
    const end = await runtime.journal.lastSequence();
    await expect.poll(() => heard).toContain(`agents.${one.instance}.hint`);
    expect(heard.filter((subject) => forbidden.includes(subject) && !subject.startsWith('$JS'))).toEqual([]);
    expect((await runtime.journal.read(end))?.event.type).toBe('JoinTokenUsed');
    watch.unsubscribe();
  });

  it('deny it to redirect its answers to a subject that is not an inbox, such as the journal', async () => {
    const identity = await joinDeployment(joinAt, await newToken(), join(directory, 'agent-answers'));
    const asked: string[] = [];
    const heartbeat = (instance: string): Promise<never> => {
      asked.push(instance);
      return Promise.reject(new Error('not now'));
    };
    const [register, work, report, recovered] = [heartbeat, heartbeat, heartbeat, heartbeat];
    const handlers = { register, heartbeat, work, report, recovered };
    const others = { 'task-definition': heartbeat, 'task-protection': heartbeat };
    const serving = await serveAgents(runtime.nats, { ...handlers, ...others });
    const nats = await connectAs(identity);
    const end = await runtime.journal.lastSequence();
    const inboxes = ['journal.cluster.c', '$JS.API.STREAM.DELETE.JOURNAL', `agents.${identity.instance}.hint`];
    for (const reply of inboxes) nats.publish(`agents.${identity.instance}.heartbeat`, '{}', { reply });
    const link = new AgentLink(nats, identity.instance);
    await expect(link.request('work', { cluster: identity.cluster }, 1_000)).rejects.toThrow('not now');
    expect(asked).toEqual([identity.instance]);
    expect(await runtime.journal.lastSequence()).toBe(end);
    await serving.close();
  });

  it('allow a program to read events with the credentials that it received, over TLS too', async () => {
    const caFile = join(authority.directory, 'ca.crt');
    const options = { authority, natsUrls: [`tls://127.0.0.1:${String(server.port)}`], caFile };
    const readers = new EventReaderService(runtime, { ...options, readersMax: 10, idleMs: 60_000 });
    const access = await readers.createReader({ start: { sequence: 1 }, expiresInMs: 60_000 });
    const { ca = '', tlsServerName = '', inboxPrefix, apiPrefix, stream, consumer } = access;
    const tls: TlsOptions & { readonly servername: string } = { ca, servername: tlsServerName };
    const authenticator = credsAuthenticator(Buffer.from(access.credentials));
    const nats = await connect({ servers: [...access.natsUrls], authenticator, inboxPrefix, tls });
    connections.push(nats);
    const reader = await nats.jetstream({ apiPrefix }).consumers.get(stream, consumer);
    expect((await reader.next())?.json()).toMatchObject({ event: { type: 'JournalOpened' } });
  });

  it('admit a local agent without a token, as the same instance if its directory is the same', async () => {
    const wanted = {
      cluster: clusterName('c'),
      instance: instanceId('a'.repeat(32)),
      natsUrls: [`tls://127.0.0.1:${String(server.port)}`],
      caFile: join(authority.directory, 'ca.crt'),
    };
    const identity = await admitAgent(authority, wanted, join(directory, 'local'));
    expect(await admitAgent(authority, wanted, join(directory, 'local'))).toEqual(identity);
    expect(joinedIdentity(join(directory, 'local'))).toEqual(identity);
    const nats = await connectAgent(identity, { reconnectMs: 20, connectTimeoutMs: 2_000 });
    await expect(nats.request(`agents.${identity.instance}.work`, '{}', { timeout: 500 })).rejects.toThrow('503');
    await nats.close();
  });

  it('admit one machine with a single-use token, even if the answer got lost', async () => {
    const token = await newToken();
    const first = await joinDeployment(joinAt, token, join(directory, 'agent-4'));
    const again = await joinDeployment(joinAt, token, join(directory, 'agent-4'));
    expect(again.instance).toBe(first.instance);
    const second = joinDeployment(joinAt, token, join(directory, 'agent-5'));
    await expect(second).rejects.toThrow(`The control plane at ${joinAt} refused: The join token has been used.`);
  });

  it('admit no machine with an unknown token, an unknown cluster or an unknown server', async () => {
    const unknown = joinDeployment(joinAt, `${'0'.repeat(16)}.${'x'.repeat(43)}`, join(directory, 'agent-6'));
    await expect(unknown).rejects.toThrow('The join token is not known.');
    await expect(joinDeployment(joinAt, 'x', join(directory, 'agent-6'))).rejects.toThrow('This is not a join token.');
    await expect(joinDeployment('127.0.0.1:1', await newToken(), join(directory, 'agent-6'))).rejects.toThrow(
      'The control plane at http://127.0.0.1:1 cannot be reached.',
    );
    const nowhere = desk.createToken({ cluster: clusterName('d'), expiresInMs: 60_000, oneTime: true }, caller);
    await expect(nowhere).rejects.toThrow('Cluster not found.');
  });

  it('admit no client without credentials, and a client rejects a server of another authority', async () => {
    const url = [`tls://127.0.0.1:${String(server.port)}`];
    const options = { servers: url, name: 'x', reconnectMs: 20, connectTimeoutMs: 500 };
    const caFile = join(authority.directory, 'ca.crt');
    await expect(connectNats({ ...options, caFile })).rejects.toThrow('does not accept our credentials');
    const stranger = await createAuthority(join(directory, 'stranger'));
    const credsFile = await controlPlaneCredentials(stranger);
    await expect(connectNats({ ...options, caFile, credsFile })).rejects.toThrow('does not accept our credentials');
    const strangeCa = (await createCertificates(stranger.directory, ['127.0.0.1'], Date.now())).caFile;
    await expect(connectNats({ ...options, caFile: strangeCa })).rejects.toThrow("is not this deployment's");
  });

  it('keep their keys readable only by the owner, and renew the certificate when hosts or dates require it', async () => {
    const again = await createAuthority(authority.directory);
    expect(again.account).toEqual(authority.account);
    for (const name of readdirSync(authority.directory)) {
      expect(statSync(join(authority.directory, name)).mode & 0o777, name).toBe(0o600);
    }
    const own = join(directory, 'certificates');
    mkdirSync(own);
    const certificate = async (hosts: readonly string[], now = Date.now()): Promise<string> =>
      readFileSync((await createCertificates(own, hosts, now)).certFile, 'utf8');
    const first = await certificate(['127.0.0.1']);
    expect(await certificate(['127.0.0.1'])).toBe(first);
    const wider = await certificate(['127.0.0.1', 'a.example']);
    expect(wider).not.toBe(first);
    expect(await certificate(['a.example'])).toBe(wider);
    expect(await certificate(['a.example'], Date.now() + 800 * 24 * 3_600_000)).not.toBe(wider);
  });

  it('never allow a server beyond loopback without TLS', () => {
    const options = { authority, host: '0.0.0.0', port: 4222, storeDir: '/x' };
    expect(() => natsServerConfig(options)).toThrow('NATS listens on 0.0.0.0 only with TLS.');
    const cluster = { name: 'n', host: '10.0.0.1', port: 6222, routes: [] };
    expect(() => natsServerConfig({ ...options, host: '127.0.0.1', cluster })).toThrow('10.0.0.1 only with TLS');
  });
});

/** Does the same as the gateway, without HTTP. */
async function serveJoin(desk: JoinService): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      desk.join(JSON.parse(Buffer.concat(chunks).toString()), 'r').then(
        (answer) => response.end(JSON.stringify(answer)),
        (error: unknown) => {
          response.statusCode = error instanceof Refusal ? 400 : 500;
          response.end(JSON.stringify({ message: error instanceof Error ? error.message : '' }));
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): string {
  const address = server.address();
  return address !== null && typeof address === 'object' ? String(address.port) : '';
}
