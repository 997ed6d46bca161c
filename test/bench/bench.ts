/**
 * The benchmark prints one table and writes `.stowage/bench.json`. Figures depend on the machine and its other load.
 * Each line therefore has its floor or peer, measured in the same run. `npm run bench -- events` runs the parts whose
 * name contains "events".
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line, Measure } from './line';
import { table } from './line';
import { measureDecisions } from './lines/decisions';
import { measureEvents } from './lines/events';
import { measureHttp } from './lines/http';
import { measureLifecycles } from './lines/lifecycles';
import { measurePlacements } from './lines/placements';
import { measureProjection } from './lines/projection';
import { measureReads } from './lines/reads';
import { measureReplay } from './lines/replay';

const PARTS: Readonly<Record<string, Measure>> = {
  decisions: measureDecisions,
  placements: measurePlacements,
  lifecycles: measureLifecycles,
  replay: measureReplay,
  projection: measureProjection,
  events: measureEvents,
  reads: measureReads,
  http: measureHttp,
};

const tell = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(filter: string): Promise<void> {
  const lines: Line[] = [];
  const secondsSince = (began: number): string => ((performance.now() - began) / 1_000).toFixed(0);
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!name.includes(filter)) continue;
    const began = performance.now();
    lines.push(...(await measure((sentence) => tell(`  ${name}: ${sentence}`))));
    tell(`  ${name}: done in ${secondsSince(began)} s`);
  }
  writeFileSync(join(process.env['BENCH_ROOT'] ?? '.', '.stowage/bench.json'), `${JSON.stringify(lines, null, 2)}\n`);
  tell(`\n${table(lines)}\n\nIn ${secondsSince(0)} s.\n`);
}

main(process.argv[2] ?? '').then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
