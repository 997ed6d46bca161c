/**
 * Compares the journal with NATS itself, in one run on one server with fsync on every write. Run it with
 * `npm run bench:journal`. Figures depend on the disk: compare lines of one run, not runs.
 */
import { clusterName, type DomainEvent, instanceId, NO_RESOURCES, taskId, transactionId } from '@stowage/domain';
import { Follower, JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal, subjectOf, type Transaction } from '@stowage/journal';
import { connect, type NatsConnection } from 'nats';
import { uuidv7 } from 'uuidv7';
import { NatsServer } from '../support/nats-server';

const SECONDS = 2;
const CONCURRENCY = 64;
const REPLAY_EVENTS = 50_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Calls `one` repeatedly in `queues` queues. Resolves with the calls per second. */
async function rate(queues: number, one: (queue: number, round: number) => Promise<unknown>): Promise<number> {
  const until = performance.now() + SECONDS * 1_000;
  let done = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: queues }, async (_, queue) => {
      for (let round = 0; performance.now() < until; round += 1) {
        await one(queue, round);
        done += 1;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - began);
}

/** An event of the size of a placement, which is the most frequent event. */
function event(cluster: string): DomainEvent {
  return {
    type: 'TasksPlaced',
    version: 1,
    cluster: clusterName(cluster),
    instance: instanceId('1'.repeat(32)),
    tasks: [
      {
        id: taskId('2'.repeat(32)),
        taskDefinition: { family: 'web', revision: 1 },
        containers: [{ id: uuidv7(), name: 'web', image: 'web:1', cpu: '10', essential: true, hasHealthCheck: false }],
        overrides: {},
        resources: { ...NO_RESOURCES, cpu: 10, memory: 64 },
        cpu: '10',
        memory: '64',
        group: 'family:web',
        launchType: 'EC2',
        tags: [],
        enableExecuteCommand: false,
      },
    ],
  };
}

const subject = (cluster: string) => subjectOf({ kind: 'instance', cluster, instance: '1'.repeat(32) });

function transaction(cluster: string, count: number, sequence: number): Transaction {
  return {
    id: transactionId(uuidv7()),
    events: Array.from({ length: count }, () => event(cluster)),
    expectations: [{ subject: subject(cluster), sequence }],
    at: Date.now(),
    actor: 'service:bench',
    cause: 'bench',
  };
}

/** Queues with a ledger each, like the placement queues of schedulers. */
async function commits(journal: JetStreamJournal, name: string, queues: number, count: number): Promise<number> {
  const last = new Map<number, number>();
  const perSecond = await rate(queues, async (queue) => {
    const committed = await journal.commit(transaction(`${name}-${String(queue)}`, count, last.get(queue) ?? 0));
    last.set(queue, committed.sequence);
  });
  return perSecond * count;
}

async function raw(nats: NatsConnection, queues: number): Promise<number> {
  const jetstream = nats.jetstream();
  const body = Buffer.from(JSON.stringify(event('raw')));
  return rate(queues, (queue) => jetstream.publish(`raw.${String(queue)}`, body));
}

async function replay(journal: JetStreamJournal): Promise<void> {
  const end = await journal.lastSequence();
  const reading = performance.now();
  const stop = new AbortController();
  for await (const { sequence } of journal.follow(0, stop.signal)) if (sequence >= end) stop.abort();
  say(`follow alone, ${String(end)} events: ${perSecond(end, reading)}`);
  const folding = performance.now();
  const fold = new Follower(journal);
  fold.start();
  await fold.reached(end, 120_000);
  say(`follow and fold, ${String(end)} events: ${perSecond(end, folding)}`);
  await fold.stop();
}

const perSecond = (count: number, began: number): string =>
  `${String(Math.round((count * 1_000) / (performance.now() - began)))} events/s`;

async function main(): Promise<void> {
  const server = await NatsServer.start({ sync: 'always' });
  const nats = await connect({ servers: server.url });
  await (await nats.jetstreamManager()).streams.add({ name: 'RAW', subjects: ['raw.>'] });
  const journal = await JetStreamJournal.open(nats, JETSTREAM_JOURNAL_DEFAULTS);
  const line = (what: string, events: number, of?: number): void =>
    say(`${what}: ${String(Math.round(events))} events/s${of ? ` (${(events / of).toFixed(2)} of raw)` : ''}`);

  const [rawOne, rawMany] = [await raw(nats, 1), await raw(nats, CONCURRENCY)];
  line('raw publish, sequential', rawOne);
  line('commit of 1 event, sequential', await commits(journal, 'one', 1, 1), rawOne);
  line(`raw publish, ${String(CONCURRENCY)} at once`, rawMany);
  line(`commit of 1 event, ${String(CONCURRENCY)} at once`, await commits(journal, 'many', CONCURRENCY, 1), rawMany);
  line('commit of 2 events, sequential', await commits(journal, 'two', 1, 2));
  line('commit of 100 events, sequential', await commits(journal, 'hundred', 1, 100));
  line('commit of 100 events, 8 at once', await commits(journal, 'hundreds', 8, 100));
  for (let end = await journal.lastSequence(); end < REPLAY_EVENTS; end = await journal.lastSequence()) {
    await journal.commit({ ...transaction('filler', 500, 0), expectations: [] });
  }
  await replay(journal);
  await nats.close();
  await server.stop();
}

void main();
