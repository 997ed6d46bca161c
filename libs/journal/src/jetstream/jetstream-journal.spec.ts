import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsServer } from '../../../../test/support/nats-server';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import type { CommittedTransaction } from '../journal';
import { JournalUnavailable, PositionRefused } from '../journal-errors';
import { subjectOf } from '../subjects';
import { journalContract } from '../testing/journal.contract';
import { clusterCreated, clusterTagged, collect, transaction } from '../testing/transactions';
import { JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal } from './jetstream-journal';
import { checkServerVersion, JournalUnfit } from './stream';

const FAST = { ...JETSTREAM_JOURNAL_DEFAULTS, answerMs: 150, timeoutMs: 5_000, retryMaxMs: 50, heartbeatMs: 200 };
const CONNECTION = { maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 10, noAsyncTraces: true };

journalContract('JetStreamJournal', async () => {
  const server = await NatsServer.start({ sync: '2m' });
  const proxy = await TcpProxy.start(server);
  const nats = await connect({ servers: proxy.url, ...CONNECTION });
  const journal = await JetStreamJournal.open(nats, FAST);
  return {
    journal,
    commitWithLostAnswer: async (commit) => {
      proxy.loseAnswers();
      const done = commit();
      setTimeout(() => proxy.heal(), 250);
      await done;
    },
    close: async () => {
      await journal.close();
      await nats.close();
      await proxy.close();
      await server.stop();
    },
  };
});

describe('JetStreamJournal and its server', () => {
  let server: NatsServer;
  let nats: NatsConnection;
  let journal: JetStreamJournal;

  beforeAll(async () => {
    server = await NatsServer.start({ sync: '2m' });
    nats = await connect({ servers: server.url, ...CONNECTION });
    journal = await JetStreamJournal.open(nats, FAST);
  });
  afterAll(async () => {
    await journal.close();
    await nats.close();
    await server.stop();
  });

  it('opens as the same journal again, also in two processes at the same time', async () => {
    const others = await Promise.all([JetStreamJournal.open(nats, FAST), JetStreamJournal.open(nats, FAST)]);
    for (const other of others) expect(other.id).toBe(journal.id);
    expect((await journal.read(1))?.event.type).toBe('JournalOpened');
  });

  it('is opened for one region and account, and not for another one afterwards', async () => {
    const own = await NatsServer.start({ sync: '2m' });
    const connection = await connect({ servers: own.url, ...CONNECTION });
    const open = (region: string, account = '123456789012'): Promise<JetStreamJournal> =>
      JetStreamJournal.open(connection, { ...FAST, scope: { region, account } });
    const first = await open('us-east-1');
    expect((await open('us-east-1')).id).toBe(first.id);
    await expect(open('eu-west-1')).rejects.toThrow(JournalUnfit);
    await expect(open('us-east-1', '999999999999')).rejects.toThrow(
      'The journal belongs to region us-east-1 and account 123456789012, which ARNs name. This process is configured ' +
        'for region us-east-1 and account 999999999999: use the former, or another journal.',
    );
    await connection.close();
    await own.stop();
  });

  it('is followed without a gap while NATS is killed under reader and writer', async () => {
    const start = await journal.lastSequence();
    const stop = new AbortController();
    const seen: CommittedTransaction[] = [];
    const reading = (async () => {
      for await (const found of journal.follow(start, stop.signal)) seen.push(found);
    })();
    const written: string[] = [];
    let sequence = start;
    for (let round = 0; round < 30; round += 1) {
      if (round % 10 === 5) {
        await server.kill();
        setTimeout(() => void server.launch(), 50);
      }
      const events = Array.from({ length: 1 + (round % 3) }, () => clusterTagged('followed', String(round)));
      const subject = subjectOf({ kind: 'cluster', cluster: 'followed' });
      const write = transaction(events, [{ subject, sequence: sequence === start ? 0 : sequence }]);
      sequence = (await journal.commit(write)).sequence;
      written.push(write.id);
    }
    await expect.poll(() => seen.at(-1)?.sequence, { timeout: 5_000 }).toBe(sequence);
    stop.abort();
    await reading;
    expect(seen.map(({ id }) => id)).toEqual(written);
    const all = seen.flatMap(({ events }) => events.map((stored) => stored.sequence));
    expect(all).toEqual(Array.from({ length: sequence - start }, (_, at) => start + 1 + at));
  });

  it('reports an unknown outcome while NATS stays away', async () => {
    const impatient = await JetStreamJournal.open(nats, { ...FAST, timeoutMs: 300 });
    await server.kill();
    await expect(impatient.commit(transaction([clusterCreated('x')]))).rejects.toBeInstanceOf(JournalUnavailable);
    await server.launch();
    await expect.poll(() => journal.lastSequence().then((end) => end > 0), { timeout: 5_000 }).toBe(true);
  });

  it('leaves no subscription and no listener behind after following', async () => {
    const end = await journal.lastSequence();
    const before = subscriptionsOf(nats);
    for (let round = 0; round < 5; round += 1) await collect(journal, 0, end);
    expect(subscriptionsOf(nats)).toBe(before);
  });

  it('refuses to continue when NATS has another journal', async () => {
    const other = await NatsServer.start({ sync: '2m' });
    const proxy = await TcpProxy.start(server);
    const target = Reflect.get(proxy, 'target') as NatsServer;
    expect(target).toBe(server);
    const connection = await connect({ servers: proxy.url, ...CONNECTION });
    const opened = await JetStreamJournal.open(connection, FAST);
    const otherConnection = await connect({ servers: other.url });
    await JetStreamJournal.open(otherConnection, FAST);
    const reading = collect(opened, await opened.lastSequence(), Number.MAX_SAFE_INTEGER);
    const refused = expect(reading).rejects.toBeInstanceOf(PositionRefused);
    Reflect.set(proxy, 'target', other);
    proxy.cut();
    await refused;
    await otherConnection.close();
    await connection.close();
    await proxy.close();
    await other.stop();
  });
});

describe('more simultaneous batches than the server accepts', () => {
  it('are stored when there is room for them', async () => {
    const server = await NatsServer.start({ sync: '2m', batchesInFlight: 2 });
    const nats = await connect({ servers: server.url, ...CONNECTION });
    const journal = await JetStreamJournal.open(nats, { ...JETSTREAM_JOURNAL_DEFAULTS, batchesInFlightMax: 60 });
    const start = await journal.lastSequence();
    const writes = Array.from({ length: 60 }, (_, at) => {
      const name = `many-${String(at)}`;
      const expectations = [{ subject: subjectOf({ kind: 'cluster', cluster: name }), sequence: 0 }];
      return journal.commit(transaction([clusterCreated(name), clusterTagged(name, 'x')], expectations));
    });
    const sequences = (await Promise.all(writes)).map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(60);
    expect(await journal.lastSequence()).toBe(start + 120);
    await nats.close();
    await server.stop();
  });
});

describe('servers and streams that cannot hold the journal', () => {
  it.each(['2.9.21', '2.11.99'])('NATS %s', (version) => {
    expect(() => checkServerVersion(version)).toThrow(
      `Stowage needs NATS 2.12.0 or newer for its journal (atomic batches); this server is ${version}.`,
    );
  });

  it.each(['2.12.0', '2.15.1', '3.0.0-beta.1'])('NATS %s is', (version) => {
    expect(() => checkServerVersion(version)).not.toThrow();
  });

  it('a stream that would lose messages', async () => {
    const server = await NatsServer.start({ sync: '2m' });
    const nats = await connect({ servers: server.url });
    await (await nats.jetstreamManager()).streams.add({ name: 'JOURNAL', subjects: ['journal.>'], max_msgs: 5 });
    const opening = JetStreamJournal.open(nats, FAST);
    await expect(opening).rejects.toBeInstanceOf(JournalUnfit);
    await expect(opening).rejects.toThrow(
      'it keeps only 5 messages; messages may be deleted from it; it may be purged; it does not accept atomic batches.',
    );
    await nats.close();
    await server.stop();
  });
});

/** Number of subscriptions of a connection, including its own for answers. */
function subscriptionsOf(nats: NatsConnection): number {
  const protocol = Reflect.get(nats, 'protocol') as { readonly subscriptions: { readonly subs: Map<number, unknown> } };
  return protocol.subscriptions.subs.size;
}
