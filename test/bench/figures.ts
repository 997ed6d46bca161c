/** The samples may be unsorted. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** Collects figures with their notes and prints them as one table at the end. */
export class Figures {
  private readonly rows: (readonly [string, string, string])[] = [];

  add(what: string, figure: string, beside = ''): void {
    this.rows.push([what, figure, beside]);
    process.stdout.write(`  ${what}: ${figure}${beside && ` (${beside})`}\n`);
  }

  print(): void {
    const widths = [0, 1].map((column) => Math.max(...this.rows.map((row) => (row[column] ?? '').length)));
    const lines = this.rows.map(([what, figure, beside]) =>
      `${what.padEnd(widths[0] ?? 0)}  ${figure.padStart(widths[1] ?? 0)}  ${beside}`.trimEnd(),
    );
    process.stdout.write(`\n${lines.join('\n')}\n\n`);
  }
}
