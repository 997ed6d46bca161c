import { JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal, subjectOf } from '@stowage/journal';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalContract } from '../../libs/journal/src/testing/journal.contract';
import { clusterTagged, collect, transaction } from '../../libs/journal/src/testing/transactions';
import { NatsCluster } from '../support/nats-cluster';
import { TcpProxy } from '../support/tcp-proxy';

const OPTIONS = { ...JETSTREAM_JOURNAL_DEFAULTS, replicas: 3, answerMs: 400, timeoutMs: 15_000, heartbeatMs: 300 };
const CONNECTION = { maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 10, noAsyncTraces: true };

/** The servers have found each other as soon as one of them accepts a replicated stream. */
async function openWhenReady(nats: NatsConnection): Promise<JetStreamJournal> {
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      return await JetStreamJournal.open(nats, OPTIONS);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

journalContract('JetStreamJournal on three nodes', async () => {
  const cluster = await NatsCluster.start();
  const [node] = cluster.nodes;
  const proxy = await TcpProxy.start(node!);
  const nats = await connect({ servers: proxy.url, ignoreClusterUpdates: true, ...CONNECTION });
  const journal = await openWhenReady(nats);
  return {
    journal,
    commitWithLostAnswer: async (commit) => {
      proxy.loseAnswers();
      const done = commit();
      setTimeout(() => proxy.heal(), 600);
      await done;
    },
    close: async () => {
      await journal.close();
      await nats.close();
      await proxy.close();
      await cluster.stop();
    },
  };
});

describe('the journal on three nodes', () => {
  let cluster: NatsCluster;
  let nats: NatsConnection;
  let journal: JetStreamJournal;

  beforeAll(async () => {
    cluster = await NatsCluster.start();
    nats = await connect({ servers: cluster.urls, ...CONNECTION });
    journal = await openWhenReady(nats);
  });
  afterAll(async () => {
    await journal.close();
    await nats.close();
    await cluster.stop();
  });

  it('loses nothing and stores nothing twice when each node in turn is killed', { timeout: 90_000 }, async () => {
    const subject = subjectOf({ kind: 'cluster', cluster: 'three' });
    const start = await journal.lastSequence();
    const written: string[] = [];
    let sequence = 0;
    for (let round = 0; round < 45; round += 1) {
      const node = cluster.nodes[Math.floor(round / 15)];
      if (round % 15 === 5) await node?.kill();
      if (round % 15 === 10) await node?.launch();
      const events = Array.from({ length: 1 + (round % 2) }, () => clusterTagged('three', String(round)));
      const write = transaction(events, [{ subject, sequence }]);
      sequence = (await journal.commit(write)).sequence;
      written.push(write.id);
    }
    expect((await collect(journal, start, sequence)).map(({ id }) => id)).toEqual(written);
  });
});
