import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunReport, World } from './world';

/** The seeds of one test file. Each file has its own process, so that both cores are used. */
export interface Share {
  readonly file: number;
  readonly files: number;
}

export interface Summary {
  readonly seeds: number;
  readonly simulatedHours: number;
  readonly transactions: number;
  readonly minutes: number;
  /** One text for each seed that broke an invariant, with the command that repeats it. */
  readonly failures: readonly string[];
}

/** In CI, runs as many of the first seeds as fit into the time. `npm run simulate` sets the seeds itself. */
const SEEDS_MAX = 5_000;
const BUDGET_MS = 20_000;
const FAILURES_MAX = 5;
const SENTENCES_MAX = 5;

const number = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined ? undefined : Number(text);
};

export async function runSeeds({ file, files }: Share): Promise<Summary> {
  const only = number('STOWAGE_SEED');
  const wanted = number('STOWAGE_SEEDS');
  const first = only ?? number('STOWAGE_FIRST_SEED') ?? 1;
  const last = first + (only === undefined ? (wanted ?? SEEDS_MAX) : 1) - 1;
  const budgetMs = only === undefined && wanted === undefined ? BUDGET_MS : Number.POSITIVE_INFINITY;
  const began = process.hrtime.bigint();
  const spentMs = (): number => Number(process.hrtime.bigint() - began) / 1e6;
  const failures: string[] = [];
  let [seeds, simulatedMs, transactions] = [0, 0, 0];
  for (let seed = first; seed <= last && spentMs() < budgetMs && failures.length < FAILURES_MAX; seed += 1) {
    if (seed % files !== file) continue;
    const report = await new World(seed).run();
    seeds += 1;
    simulatedMs += report.simulatedMs;
    transactions += report.transactions;
    if (report.broken.length > 0) failures.push(failureOf(report));
  }
  return { seeds, simulatedHours: simulatedMs / 3_600_000, transactions, minutes: spentMs() / 60_000, failures };
}

function failureOf({ seed, broken, simulatedMs, journal }: RunReport): string {
  const path = join(tmpdir(), `stowage-simulation-${String(seed)}.jsonl`);
  writeFileSync(path, journal().join('\n'));
  return [
    `Seed ${String(seed)}, after ${String(Math.round(simulatedMs / 1_000))} s of its time:`,
    ...broken.slice(0, SENTENCES_MAX).map((sentence) => `  ${sentence}`),
    `  Again: STOWAGE_SEED=${String(seed)} npm run simulate. Its journal: ${path}`,
  ].join('\n');
}

/** Returns a line about the run for the terminal. */
export function summaryText({ seeds, simulatedHours, transactions, minutes }: Summary): string {
  const perMinute = (amount: number): string => Math.round(amount / minutes).toString();
  return (
    `${String(seeds)} seeds, ${simulatedHours.toFixed(1)} simulated hours, ${String(transactions)} transactions: ` +
    `${perMinute(seeds)} seeds and ${perMinute(simulatedHours)} simulated hours per minute.\n`
  );
}
