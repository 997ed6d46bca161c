import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal } from '@stowage/journal';
import { connectNats } from '@stowage/runtime';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppProcess, cpuSecondsOf } from '../support/app-process';
import { RandomHistory } from '../support/histories';
import { NatsServer } from '../support/nats-server';
import { startPostgres, type TestPostgres } from '../support/postgres';

/** A fleet as large as one machine's control plane is made for. */
const FLEET = { seed: 42, clusters: 10, instances: 1_000, tasks: 5_000, families: 50, attributes: 38 };
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 60_000);
const RATE = Number(process.env['BENCH_RATE'] ?? 5_000);
const SUSTAINED_SECONDS = 20;
/** Events in a transaction of the journal while it is filled and while load is made. */
const TRANSACTION_EVENTS = 50;

describe('projection', () => {
  let nats: NatsServer;
  let postgres: TestPostgres;
  let journal: JetStreamJournal;
  let close: () => Promise<void>;
  const history = new RandomHistory(FLEET);

  beforeAll(async () => {
    nats = await NatsServer.start({ sync: 'always' });
    postgres = await startPostgres({ fsync: 'on', full_page_writes: 'on', shared_buffers: '128MB' });
    const connection = await connectNats({
      servers: [nats.url],
      name: 'bench',
      reconnectMs: 100,
      connectTimeoutMs: 5_000,
    });
    journal = await JetStreamJournal.open(connection, JETSTREAM_JOURNAL_DEFAULTS);
    close = async () => {
      await journal.close();
      await connection.close();
    };
  });
  afterAll(async () => {
    await close();
    await postgres.stop();
    await nats.stop();
  });

  it('catches up, then keeps up', async () => {
    const filled = performance.now();
    while ((await journal.lastSequence()) < EVENTS) await journal.commit(transactionOf(history));
    report(`filled the journal with ${EVENTS} events in ${seconds(filled)} s`);
    const url = await postgres.database();
    const client = new Client({ connectionString: url });
    await client.connect();
    const app = await AppProcess.start('projector', {
      STOWAGE_NATS_URLS: nats.url,
      STOWAGE_DATABASE_URL: url,
      STOWAGE_LOG_LEVEL: 'warn',
    });
    const position = async (): Promise<number> =>
      Number((await client.query<{ position: string }>('SELECT position FROM checkpoint')).rows[0]?.position);
    try {
      await catchUp(app, position);
      await keepUp(app, position);
      const { rows } = await client.query<Record<string, string>>(
        `SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, pg_size_pretty(pg_total_relation_size(relid)) AS size
          FROM pg_stat_user_tables WHERE n_tup_ins > 0 ORDER BY n_tup_upd DESC`,
      );
      for (const row of rows) report(JSON.stringify(row));
    } finally {
      await app.end('SIGTERM');
      await client.end();
      report(app.log);
    }
  });

  async function catchUp(app: AppProcess, position: () => Promise<number>): Promise<void> {
    const end = await journal.lastSequence();
    let [at, began, cpu] = [0, 0, usage(app)];
    while (at < end) {
      await delay(20);
      const now = await position();
      // From the first batch on: starting the process and folding its runtime is not what is measured.
      if (at === 0 && now > 0) [at, began, cpu] = [now, performance.now(), usage(app)];
      if (now === end) {
        const took = (performance.now() - began) / 1_000;
        report(`caught up with ${end - at} events in ${took.toFixed(1)} s: ${((end - at) / took).toFixed(0)} events/s`);
        perThousand(app, cpu, end - at);
        return;
      }
    }
  }

  async function keepUp(app: AppProcess, position: () => Promise<number>): Promise<void> {
    const [from, cpu, began] = [await journal.lastSequence(), usage(app), performance.now()];
    const [lags, inFlight] = [[] as number[], new Set<Promise<unknown>>()];
    let [written, sampleAt] = [0, began];
    while (performance.now() - began < SUSTAINED_SECONDS * 1_000) {
      const due = ((performance.now() - began) / 1_000) * RATE;
      while (written < due && inFlight.size < 32) {
        const transaction = transactionOf(history);
        written += transaction.events.length;
        const commit = journal.commit(transaction).finally(() => inFlight.delete(commit));
        inFlight.add(commit);
      }
      if (performance.now() > sampleAt) {
        lags.push((await journal.lastSequence()) - (await position()));
        sampleAt += 100;
      }
      await delay(2);
    }
    await Promise.all(inFlight);
    const took = (performance.now() - began) / 1_000;
    const end = await journal.lastSequence();
    lags.sort((a, b) => a - b);
    const lag = (share: number): number => lags[Math.floor((lags.length - 1) * share)] ?? 0;
    report(`wrote ${((end - from) / took).toFixed(0)} events/s for ${took.toFixed(0)} s`);
    report(`events behind: p50 ${lag(0.5)}, p99 ${lag(0.99)}, most ${lag(1)}; at the end ${end - (await position())}`);
    perThousand(app, cpu, end - from);
    const drained = performance.now();
    while ((await position()) < end) await delay(5);
    report(`and nothing behind ${seconds(drained)} s after the last write`);
    expect(lag(0.5)).toBeLessThan(RATE);
  }

  function usage(app: AppProcess): readonly number[] {
    const children = execFileSync('pgrep', ['-P', String(postgres.pid)], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
    const sum = children.reduce((total, pid) => total + cpuSecondsOf(Number(pid)), cpuSecondsOf(postgres.pid));
    return [app.cpuSeconds, sum, cpuSecondsOf(nats.pid ?? 0)];
  }

  function perThousand(app: AppProcess, before: readonly number[], events: number): void {
    const spent = usage(app).map((now, at) => (((now - (before[at] ?? 0)) * 1e6) / events).toFixed(0));
    report(
      `processor time for an event, in µs: projector ${spent[0] ?? ''}, Postgres ${spent[1] ?? ''}, NATS ${spent[2] ?? ''}`,
    );
  }
});

/** Many transactions of the history in one of the journal: so that filling it does not take the longest. */
function transactionOf(history: RandomHistory): ReturnType<RandomHistory['next']> {
  const { events: first, ...rest } = history.next();
  const events = [...first];
  while (events.length < TRANSACTION_EVENTS) events.push(...history.next().events);
  return { ...rest, events };
}

const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(1);
const report = (line: string): void => void process.stdout.write(`${line}\n`);
