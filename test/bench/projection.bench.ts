import { JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal, TRANSACTION_EVENTS_MAX } from '@stowage/journal';
import { Projector } from '@stowage/read-model';
import { connectNats } from '@stowage/runtime';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { RandomHistory } from '../support/histories';
import { NatsServer } from '../support/nats-server';
import { startPostgres, type TestPostgres } from '../support/postgres';
import { openTables, SILENT } from '../support/read-model';

/** A fleet as large as one machine's control plane is made for. */
const FLEET = { seed: 42, clusters: 10, instances: 1_000, tasks: 5_000, families: 50, attributes: 38 };
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 60_000);

let nats: NatsServer;
let postgres: TestPostgres;
beforeAll(async () => {
  nats = await NatsServer.start({ sync: 'always' });
  postgres = await startPostgres({ fsync: 'on', full_page_writes: 'on', shared_buffers: '128MB' });
});
afterAll(async () => {
  await postgres.stop();
  await nats.stop();
});

it('projection: events a second while it catches up', async () => {
  const connection = await connectNats({
    servers: [nats.url],
    name: 'bench',
    reconnectMs: 100,
    connectTimeoutMs: 5_000,
  });
  const journal = await JetStreamJournal.open(connection, JETSTREAM_JOURNAL_DEFAULTS);
  const history = new RandomHistory(FLEET);
  let filled = 0;
  const began = performance.now();
  const shapes: Record<string, number> = {};
  while (filled < EVENTS) {
    // Many transactions of the history in one of the journal: only so that filling it does not take the longest.
    const { events: first, ...rest } = history.next();
    const events = [...first];
    while (events.length < TRANSACTION_EVENTS_MAX / 20) events.push(...history.next().events);
    for (const { type } of events) shapes[type] = (shapes[type] ?? 0) + 1;
    await journal.commit({ ...rest, events });
    filled += events.length;
  }
  report(`filled the journal with ${filled} events in ${seconds(began)} s: ${JSON.stringify(shapes)}`);

  const source = await openTables(await postgres.database());
  const projector = new Projector({ journal, dataSource: source, logger: SILENT });
  const stopping = new AbortController();
  const end = await journal.lastSequence();
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const running = projector.run(stopping.signal);
  await vi.waitFor(() => expect(projector.position).toBe(end), { timeout: 500_000, interval: 20 });
  const took = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  report(`projected ${end} events in ${took.toFixed(1)} s: ${(end / took).toFixed(0)} events/s`);
  report(`this process (following, folding, encoding) used ${((user + system) / 1e6 / took).toFixed(2)} cores`);
  stopping.abort();
  await running;
  await source.destroy();
  await journal.close();
  await connection.close();
});

const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(1);
const report = (line: string): void => void process.stdout.write(`${line}\n`);
