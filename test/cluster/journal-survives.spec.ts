import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CommittedTransaction, JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal } from '@stowage/journal';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileForProcesses } from '../support/compiled';
import { NatsServer } from '../support/nats-server';

const WRITERS = 3;
const ROUNDS = 8;
/** Number of writes that are acknowledged between two kills. A random delay follows them. */
const ROUND_WRITES = 20;
const ROUND_PAUSE_MS = 100;

/** Tests invariant 3: an acknowledged write is in the journal exactly once, for every process killed at any time. */
describe('the journal under load, with NATS and its writers killed repeatedly', () => {
  let build: Awaited<ReturnType<typeof compileForProcesses>>;
  let server: NatsServer;
  let directory: string;
  const writers: ChildProcess[] = [];

  beforeAll(async () => {
    build = await compileForProcesses();
    server = await NatsServer.start({ sync: 'always' });
    directory = mkdtempSync(join(tmpdir(), 'stowage-writers-'));
  });
  afterAll(async () => {
    for (const writer of writers) writer.kill('SIGKILL');
    await server.stop();
    build.remove();
    rmSync(directory, { recursive: true });
  });

  const start = (at: number): void => {
    const script = join(build.directory, 'test/cluster/journal-writer.js');
    writers[at] = spawn(process.execPath, [script, server.url, join(directory, String(at))], { stdio: 'inherit' });
  };
  const kill = async (at: number): Promise<void> => {
    const writer = writers[at]!;
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
  };

  const moreAcknowledged = async (): Promise<void> => {
    const before = acknowledged(directory).length;
    await expect.poll(() => acknowledged(directory).length, { timeout: 15_000 }).toBeGreaterThan(before + ROUND_WRITES);
  };

  it('holds each acknowledged transaction once and whole', { timeout: 60_000 }, async () => {
    for (let at = 0; at < WRITERS; at += 1) start(at);
    for (let round = 0; round < ROUNDS; round += 1) {
      await moreAcknowledged();
      await delay(Math.random() * ROUND_PAUSE_MS);
      if (round % 2 === 0) await server.restart();
      else {
        await kill(round % WRITERS);
        start(round % WRITERS);
      }
    }
    await moreAcknowledged();
    await Promise.all(writers.map((_, at) => kill(at)));
    await server.restart();

    const stored = await everythingIn(server);
    const values = stored.map(({ events }) => events[0]?.cause ?? '');
    const places = new Map(values.map((value, at) => [value, stored[at]!.sequence]));
    expect(places.size, 'a value was stored twice').toBe(values.length);
    const lines = acknowledged(directory);
    const lost = lines.filter(({ value, sequence }) => places.get(value) !== sequence);
    expect(lost, 'acknowledged at a different sequence').toEqual([]);
    for (const { events } of stored) expect(new Set(events.map(({ transaction }) => transaction)).size).toBe(1);
    const sequences = stored.flatMap(({ events }) => events.map(({ sequence }) => sequence));
    expect(sequences).toEqual(sequences.map((_, at) => at + 1));
  });
});

interface Acknowledgement {
  readonly sequence: number;
  readonly value: string;
}

/** Reads the complete lines. A line that a kill cut off does not count as an acknowledgement. */
function acknowledged(directory: string): readonly Acknowledgement[] {
  return Array.from({ length: WRITERS }, (_, at) => join(directory, String(at)))
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(0, -1))
    .map((line) => line.split(' '))
    .map(([sequence, value]) => ({ sequence: Number(sequence), value: value ?? '' }));
}

async function everythingIn(server: NatsServer): Promise<readonly CommittedTransaction[]> {
  const nats = await connect({ servers: server.url });
  const journal = await JetStreamJournal.open(nats, JETSTREAM_JOURNAL_DEFAULTS);
  const end = await journal.lastSequence();
  const stop = new AbortController();
  const found: CommittedTransaction[] = [];
  for await (const transaction of journal.follow(0, stop.signal)) {
    found.push(transaction);
    if (transaction.sequence >= end) stop.abort();
  }
  await journal.close();
  await nats.close();
  return found;
}
