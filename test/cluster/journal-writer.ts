/**
 * A process that writes to the journal as fast as it can until it is killed. It appends a line `<sequence> <value>` to
 * a
 * file for each acknowledged write. The journal must hold each value in the file once.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { clusterName, type DomainEvent } from '@stowage/domain';
import { Follower, JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal, JournalCommandHandler } from '@stowage/journal';
import { connect } from 'nats';

const LANES = 8;
/** Number of clusters that some commands of all writers use. They are few, so that the writers conflict. */
const SHARED = 3;

async function main([url, file]: readonly string[]): Promise<void> {
  if (url === undefined || file === undefined) throw new Error('Usage: journal-writer <url> <file>');
  const nats = await connect({
    servers: url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 20,
    reconnectJitter: 20,
    waitOnFirstConnect: true,
  });
  const journal = await opened(nats);
  const fold = new Follower(journal);
  fold.start();
  const commands = new JournalCommandHandler(journal, fold, { foldTimeoutMs: 2_000, attemptsMax: 10 });
  await Promise.all(Array.from({ length: LANES }, (_, queue) => write(queue)));

  async function write(queue: number): Promise<never> {
    for (let round = 0; ; round += 1) {
      const value = randomUUID();
      const own = `${String(process.pid)}-${String(queue)}`;
      const shared = `shared-${String(queue % SHARED)}`;
      const clusters = [[own], [own, own, `${own}-b`], [own], [own, shared]][round % 4] ?? [];
      try {
        const { sequence } = await commands.execute({
          decide: () => ({
            events: clusters.map((cluster) => tagged(cluster, value)),
            result: undefined,
            ...(round % 5 === 0 && { deduplicationKey: value }),
          }),
          atLeast: 0,
          actor: 'service:test',
          cause: value,
        });
        appendFileSync(file ?? '', `${String(sequence)} ${value}\n`);
      } catch {
        // Rejected, lagging or unknown: the write was not acknowledged.
      }
    }
  }
}

async function opened(nats: Awaited<ReturnType<typeof connect>>): Promise<JetStreamJournal> {
  const options = { ...JETSTREAM_JOURNAL_DEFAULTS, answerMs: 300, timeoutMs: 3_000, retryMaxMs: 50, heartbeatMs: 300 };
  for (;;) {
    try {
      return await JetStreamJournal.open(nats, options);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function tagged(cluster: string, value: string): DomainEvent {
  return { type: 'ClusterTagsSet', version: 1, cluster: clusterName(cluster), tags: [{ key: 'value', value }] };
}

void main(process.argv.slice(2));
