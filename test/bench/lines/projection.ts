import { setTimeout as delay } from 'node:timers/promises';
import type { Transaction } from '@stowage/journal';
import { Client } from 'pg';
import { AppProcess } from '../../support/app-process';
import { RandomHistory } from '../../support/histories';
import { NatsServer } from '../../support/nats-server';
import { startPostgres, type TestPostgres } from '../../support/postgres';
import { median, percentile } from '../figures';
import { type Line, line, type Measure } from '../line';
import { openJournal } from '../raw-journal';

/** A fleet of the size that one machine's control plane is designed for. */
const FLEET = { seed: 42, clusters: 10, instances: 1_000, tasks: 5_000, families: 50, attributes: 38 };
const EVENTS = Number(process.env['BENCH_PROJECTED_EVENTS'] ?? 20_000);
/** Number of events in one transaction of the journal. */
const TRANSACTION_EVENTS = 50;
const COMMITS_IN_FLIGHT = 32;
/** The batch size of the projector, so that the floor writes the same number of rows at once. */
const ROWS_AT_ONCE = 2_000;
const ROUNDS = 3;
const SUSTAINED_SECONDS = 10;
const POLL_MS = 5;
const PATIENCE_MS = 120_000;

type OpenJournal = Awaited<ReturnType<typeof openJournal>>['journal'];

/**
 * A projector as a process, with Postgres and a journal with fsync on every write. Measures its speed of catching up,
 * compared with the same number of rows written by `pg` alone, and its lag at half the maximum commit rate.
 */
export const measureProjection: Measure = async (say) => {
  const nats = await NatsServer.start({ sync: 'always' });
  const postgres = await startPostgres({ fsync: 'on', full_page_writes: 'on', shared_buffers: '128MB' });
  const { journal, close } = await openJournal(nats.url);
  try {
    const history = new RandomHistory(FLEET);
    const transactions = Array.from({ length: EVENTS / TRANSACTION_EVENTS }, () => transactionOf(history));
    const began = performance.now();
    await commitAll(journal, transactions);
    const commitRate = (EVENTS * 1_000) / (performance.now() - began);
    say(`committed ${String(EVENTS)} events, ${commitRate.toFixed(0)} a second`);
    const sides = { natsUrl: nats.url, postgres, journal };
    const lines: Line[] = [await catchingUp(sides)];
    lines.push(...(await lag(sides, history, commitRate / 2)));
    return lines;
  } finally {
    await close();
    await postgres.stop();
    await nats.stop();
  }
};

interface Sides {
  readonly natsUrl: string;
  readonly postgres: TestPostgres;
  readonly journal: OpenJournal;
}

/** A projector with an empty database. */
interface Projecting {
  readonly client: Client;
  readonly position: () => Promise<number>;
  end(): Promise<void>;
}

async function startProjecting({ natsUrl, postgres }: Sides): Promise<Projecting> {
  const url = await postgres.database();
  const client = new Client({ connectionString: url });
  await client.connect();
  const app = await AppProcess.start('projector', {
    STOWAGE_NATS_URLS: natsUrl,
    STOWAGE_DATABASE_URL: url,
    STOWAGE_LOG_LEVEL: 'warn',
    // Each round folds the journal from the start, like the first one.
    STOWAGE_SNAPSHOT_EVENTS: '0',
  });
  return {
    client,
    position: async () => {
      const { rows } = await client.query<{ readonly position: string }>('SELECT position FROM checkpoint');
      return Number(rows[0]?.position ?? 0);
    },
    end: async () => {
      await app.end('SIGKILL');
      await client.end();
    },
  };
}

async function catchingUp(sides: Sides): Promise<Line> {
  const [rates, floors]: [number[], number[]] = [[], []];
  const end = await sides.journal.lastSequence();
  for (let round = 0; round < ROUNDS; round += 1) {
    const projecting = await startProjecting(sides);
    try {
      rates.push(await catchUpRate(projecting, end));
      floors.push(await rowsRate(projecting.client));
    } finally {
      await projecting.end();
    }
  }
  const [value, floor] = [median(rates), median(floors)];
  return line({ name: 'projection, catching up (floor: rows by pg alone)', value, unit: 'events/s', floor });
}

/** Starts at the first batch: the start of the process and its fold are not measured. */
async function catchUpRate({ position }: Projecting, end: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  let [from, began] = [0, 0];
  while (performance.now() < deadline) {
    const now = await position();
    if (from === 0 && now > 0) [from, began] = [now, performance.now()];
    if (now >= end) return ((end - from) * 1_000) / (performance.now() - began);
    await delay(POLL_MS);
  }
  throw new Error('The projector did not catch up in time.');
}

/** Rows of tasks per second into a table like that of the projector, with similar statements. */
async function rowsRate(client: Client): Promise<number> {
  const names = 'id, cluster, instance, family, launch_type, desired_status, created_at, stopped_at, sequence';
  const { rows } = await client.query<Record<string, unknown>>(`SELECT ${names}, record::text AS record FROM tasks`);
  await client.query('CREATE TABLE floor (LIKE tasks INCLUDING ALL)');
  const columns = [...names.split(', '), 'record'];
  const types = columns.map((name, at) => `$${String(at + 1)}::${/_at|sequence/.test(name) ? 'bigint' : 'text'}[]`);
  const statement = `INSERT INTO floor (${columns.join()})
    SELECT ${names}, record::json FROM unnest(${types.join()}) AS given (${columns.join()})`;
  const began = performance.now();
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE);
    await client.query(
      statement,
      columns.map((name) => some.map((row) => row[name])),
    );
  }
  return (rows.length * 1_000) / (performance.now() - began);
}

async function lag(sides: Sides, history: RandomHistory, rate: number): Promise<readonly Line[]> {
  const projecting = await startProjecting(sides);
  try {
    await catchUpRate(projecting, await sides.journal.lastSequence());
    const load = Array.from({ length: Math.ceil((rate * SUSTAINED_SECONDS) / TRANSACTION_EVENTS) }, () =>
      transactionOf(history),
    );
    const { behind, took, written } = await keepUp(sides.journal, projecting, { load, rate });
    const at = `at ${written.toFixed(0)} events/s`;
    return [0.5, 0.99].flatMap((share) => [
      line({
        name: `projection, ${at}: behind, p${String(share * 100)}`,
        value: percentile(behind, share),
        unit: 'events',
      }),
      line({
        name: `projection, ${at}: commit to row, p${String(share * 100)}`,
        value: percentile(took, share),
        unit: 'ms',
      }),
    ]);
  } finally {
    await projecting.end();
  }
}

/** Commits at that rate, and polls the rows. */
async function keepUp(
  journal: OpenJournal,
  { position }: Projecting,
  { load, rate }: { readonly load: readonly Transaction[]; readonly rate: number },
): Promise<{ readonly behind: readonly number[]; readonly took: readonly number[]; readonly written: number }> {
  const [behind, took, open]: [number[], number[], Acknowledged[]] = [[], [], []];
  let newest = await position();
  let isWriting = true;
  const poll = async (): Promise<void> => {
    while (isWriting || open.length > 0) {
      const now = await position();
      const at = performance.now();
      while (open[0] && open[0].sequence <= now) took.push(at - (open.shift()?.at ?? at));
      if (isWriting) behind.push(Math.max(0, newest - now));
      await delay(POLL_MS);
    }
  };
  const polling = poll();
  const began = performance.now();
  await commitAll(journal, load, {
    rate,
    onAcknowledged: (sequence) => {
      open.push({ sequence, at: performance.now() });
      newest = Math.max(newest, sequence);
    },
  });
  const written = (load.length * TRANSACTION_EVENTS * 1_000) / (performance.now() - began);
  isWriting = false;
  await polling;
  return { behind, took, written };
}

interface Acknowledged {
  readonly sequence: number;
  readonly at: number;
}

/** Commits at the maximum speed, or at a rate of events per second. */
async function commitAll(
  journal: OpenJournal,
  transactions: readonly Transaction[],
  { rate, onAcknowledged }: { readonly rate?: number; readonly onAcknowledged?: (sequence: number) => void } = {},
): Promise<void> {
  const began = performance.now();
  const waiting = transactions.entries();
  const work = async (): Promise<void> => {
    for (const [at, transaction] of waiting) {
      const dueMs = rate === undefined ? 0 : (at * TRANSACTION_EVENTS * 1_000) / rate;
      const early = began + dueMs - performance.now();
      if (early > 0) await delay(early);
      const { sequence } = await journal.commit(transaction);
      onAcknowledged?.(sequence);
    }
  };
  await Promise.all(Array.from({ length: COMMITS_IN_FLIGHT }, work));
}

/** Joins many transactions of the history into one, so that filling the journal does not take the longest. */
function transactionOf(history: RandomHistory): Transaction {
  const { events: first, ...rest } = history.next();
  const events = [...first];
  while (events.length < TRANSACTION_EVENTS) events.push(...history.next().events);
  return { ...rest, events };
}
