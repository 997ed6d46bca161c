import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { applyEvent, ClusterState, type DomainEvent } from '@stowage/domain';
import type { JetStreamJournal } from '@stowage/journal';
import { NatsServer } from '../../support/nats-server';
import { busyHistory, fill, tasksThatCameAndWent } from '../busy-cluster';
import { median } from '../figures';
import { type Line, line, type Measure, slope } from '../line';
import { openJournal } from '../raw-journal';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
/** The state of the cluster is the same in both journals. */
const SIZES = [EVENTS / 4, EVENTS];
const INSTANCES = Math.min(10_000, EVENTS / 100);
const TASKS = Math.min(100_000, EVENTS / 10);
const SLICE_EVENTS = EVENTS / 20;
const TAIL_EVENTS = 5_000;
const ROUNDS = 3;
const PATIENCE_MS = 180_000;
const MB = 1e6;
const MEMORY_MB_MAX = 400;

/** Replay compared with reading alone, a process's start from its snapshot, and its memory after the start. */
export const measureReplay: Measure = async (say) => {
  const nats = await NatsServer.start({ sync: '2m' });
  const { journal, close } = await openJournal(nats.url);
  try {
    const lines: Line[] = [];
    const points: (readonly [number, number])[] = [];
    for (const size of SIZES) {
      const filled = performance.now();
      await fill(journal, await historyUpTo(journal, size));
      say(`filled a journal up to ${String(size)} events in ${secondsSince(filled).toFixed(0)} s`);
      if (lines.length === 0) lines.push(await replayRate(journal));
      const started = await starts({ url: nats.url, journal, size });
      points.push([size, started[0]?.value ?? 0]);
      lines.push(...started.slice(0, size === EVENTS ? undefined : 1));
    }
    lines.push(
      line({ name: 'growth of a start with the journal', value: slope(points), unit: 'exponent', atMost: 0.1 }),
    );
    return lines;
  } finally {
    await close();
    await nats.stop();
  }
};

/** Reads back from the end of the journal. */
async function historyUpTo(journal: JetStreamJournal, events: number): Promise<Iterable<DomainEvent>> {
  const end = await journal.lastSequence();
  if (end < TASKS) return busyHistory({ instances: INSTANCES, tasks: TASKS, events });
  return tasksThatCameAndWent({ instances: INSTANCES, from: end, events: events - end });
}

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
  readonly url: string;
  readonly journal: JetStreamJournal;
  readonly size: number;
}

async function starts({ url, journal, size }: Ground): Promise<readonly Line[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stowage-bench-replay-'));
  try {
    const replayed = await start(dataDir, url);
    await until(() => existsSync(snapshots(dataDir)) && readdirSync(snapshots(dataDir)).some(isWhole));
    await replayed.end();
    const from = await journal.lastSequence();
    await fill(journal, tasksThatCameAndWent({ instances: INSTANCES, from, events: TAIL_EVENTS }));
    const took: number[] = [];
    let memory: Memory = { rss: 0, heapUsed: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const started = await start(dataDir, url);
      took.push(started.seconds);
      memory = await started.memory();
      await started.end();
    }
    const [at, held] = [`start at ${String(size)} events`, `${String(INSTANCES)} instances, ${String(TASKS)} tasks`];
    return [
      line({ name: `${at}: snapshot and tail`, value: median(took), unit: 's', floor: replayed.seconds, atMost: 3 }),
      line({ name: `${at}: other code, replay`, value: replayed.seconds, unit: 's' }),
      ...(['rss', 'heapUsed'] as const).map((which) =>
        line({
          name: `memory of a scheduler (${which}): ${held}`,
          value: memory[which] / MB,
          unit: 'MB',
          atMost: MEMORY_MB_MAX,
        }),
      ),
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const snapshots = (dataDir: string): string => join(dataDir, 'snapshots');
const isWhole = (name: string): boolean => name.endsWith('.gz');

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

interface Started {
  readonly seconds: number;
  memory(): Promise<Memory>;
  end(): Promise<void>;
}

async function start(dataDir: string, url: string): Promise<Started> {
  const root = process.env['BENCH_ROOT'] ?? process.cwd();
  const probe = ['--expose-gc', '--require', join(__dirname, '../memory-probe.js')];
  const began = performance.now();
  const child = spawn(process.execPath, [...probe, join(root, 'dist/apps/scheduler/src/main.js')], {
    env: {
      PATH: process.env['PATH'],
      STOWAGE_NATS_URLS: url,
      STOWAGE_DATA_DIR: dataDir,
      STOWAGE_START_TIMEOUT_MS: String(PATIENCE_MS),
      STOWAGE_SNAPSHOT_CHECK_MS: '500',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let log = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
  await until(() => log.includes('"ready"'));
  const seconds = secondsSince(began);
  return {
    seconds,
    memory: async () => {
      child.send('memory');
      const [usage] = (await once(child, 'message')) as [Memory];
      return usage;
    },
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('The condition did not become true in time.');
    await delay(5);
  }
}

const secondsSince = (began: number): number => (performance.now() - began) / 1_000;
