import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { applyEvent, ClusterState } from '@stowage/domain';
import { JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal } from '@stowage/journal';
import { connectNats } from '@stowage/runtime';
import { NatsServer } from '../../support/nats-server';
import { busyHistory, fill } from '../busy-cluster';
import { median } from '../figures';
import { type Line, line, type Measure } from '../line';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const INSTANCES = Math.min(10_000, EVENTS / 25);
const TASKS = Math.min(100_000, EVENTS / 10);
const SLICE_EVENTS = Math.min(150_000, EVENTS / 2);
const TAIL_EVENTS = 5_000;
const ROUNDS = 3;
const PATIENCE_MS = 180_000;

/** Replay against reading alone, a process's start from its snapshot, and what it holds then. */
export const measureReplay: Measure = async (say) => {
  const nats = await NatsServer.start({ sync: '2m' });
  const dataDir = mkdtempSync(join(tmpdir(), 'stowage-bench-replay-'));
  const connection = await connectNats({
    servers: [nats.url],
    name: 'bench',
    reconnectMs: 50,
    connectTimeoutMs: 5_000,
  });
  try {
    const journal = await JetStreamJournal.open(connection, JETSTREAM_JOURNAL_DEFAULTS);
    const filled = performance.now();
    const end = await fill(journal, busyHistory({ instances: INSTANCES, tasks: TASKS, events: EVENTS }));
    say(`filled a journal with ${String(end)} events in ${secondsSince(filled).toFixed(0)} s`);
    const lines: Line[] = [await replayRate(journal)];
    lines.push(...(await starts({ dataDir, url: nats.url, journal, end })));
    return lines;
  } finally {
    await connection.close();
    await nats.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

async function replayRate(journal: JetStreamJournal): Promise<Line> {
  const [reading, folding]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    reading.push(await sliceRate(journal, undefined));
    folding.push(await sliceRate(journal, new ClusterState()));
  }
  const [value, floor] = [median(folding), median(reading)];
  return line({ name: 'replay', value, unit: 'events/s', floor, ratioAtLeast: 0.5 });
}

async function sliceRate(journal: JetStreamJournal, state: ClusterState | undefined): Promise<number> {
  const began = performance.now();
  let count = 0;
  for await (const { events } of journal.follow(0, new AbortController().signal)) {
    if (state) for (const { event, at } of events) applyEvent(state, event, { at });
    count += events.length;
    if (count >= SLICE_EVENTS) break;
  }
  return count / secondsSince(began);
}

interface Ground {
  readonly dataDir: string;
  readonly url: string;
  readonly journal: JetStreamJournal;
  readonly end: number;
}

async function starts(ground: Ground): Promise<readonly Line[]> {
  const replayed = await start(ground);
  await until(
    () => existsSync(snapshots(ground)) && readdirSync(snapshots(ground)).some((name) => name.endsWith('.gz')),
  );
  await replayed.end();
  await fill(ground.journal, tail());
  const took: number[] = [];
  let memory = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = await start(ground);
    took.push(started.seconds);
    memory = Math.max(memory, started.megabytes());
    await started.end();
  }
  const held = `${String(INSTANCES)} instances, ${String(TASKS)} tasks`;
  return [
    line({
      name: `start at ${String(ground.end)} events: snapshot and tail`,
      value: median(took),
      unit: 's',
      floor: replayed.seconds,
      atMost: 3,
    }),
    line({ name: `start at ${String(ground.end)} events: other code, replay`, value: replayed.seconds, unit: 's' }),
    line({ name: `memory of a scheduler: ${held}`, value: memory, unit: 'MB', atMost: 400 }),
  ];
}

function* tail(): ReturnType<typeof busyHistory> {
  let left = TAIL_EVENTS;
  for (const event of busyHistory({ instances: 1, tasks: 0, events: TAIL_EVENTS })) {
    if (event.type === 'TasksPlaced' || event.type === 'TaskProgressed' || event.type === 'TaskStopped') yield event;
    if ((left -= 1) <= 0) return;
  }
}

const snapshots = ({ dataDir }: Ground): string => join(dataDir, 'snapshots');

async function start({ dataDir, url }: Ground): Promise<{
  readonly seconds: number;
  readonly megabytes: () => number;
  readonly end: () => Promise<void>;
}> {
  const root = process.env['BENCH_ROOT'] ?? process.cwd();
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, 'dist/apps/scheduler/src/main.js')], {
    env: {
      PATH: process.env['PATH'],
      STOWAGE_NATS_URLS: url,
      STOWAGE_DATA_DIR: dataDir,
      STOWAGE_START_TIMEOUT_MS: String(PATIENCE_MS),
      STOWAGE_SNAPSHOT_CHECK_MS: '500',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  await until(() => log.includes('"ready"'));
  const seconds = secondsSince(began);
  return {
    seconds,
    megabytes: () => {
      const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
    },
    end: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('It did not come about in time.');
    await delay(5);
  }
}

const secondsSince = (began: number): number => (performance.now() - began) / 1_000;
