/** One figure of the benchmark, with its floor or peer from the same run. */
export interface Line {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The floor or the peer, in the same unit. */
  readonly floor?: number;
  readonly ratio?: number;
  readonly target?: string;
  readonly met?: boolean;
}

/** A part of the benchmark. It sets up what it needs, measures, and cleans up. */
export type Measure = (say: (sentence: string) => void) => Promise<readonly Line[]>;

interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly floor?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly ratioAtLeast?: number;
  readonly ratioAtMost?: number;
}

/** Returns a line with its ratio and the result of its targets. */
export function line({ name, value, unit, floor, ...aims }: Measured): Line {
  const ratio = floor === undefined || floor === 0 ? undefined : value / floor;
  const { atLeast, atMost, ratioAtLeast, ratioAtMost } = aims;
  const checks = [
    atLeast === undefined ? undefined : ([`>= ${String(atLeast)}`, value >= atLeast] as const),
    atMost === undefined ? undefined : ([`<= ${String(atMost)}`, value <= atMost] as const),
    ratioAtLeast === undefined
      ? undefined
      : ([`ratio >= ${String(ratioAtLeast)}`, (ratio ?? 0) >= ratioAtLeast] as const),
    ratioAtMost === undefined
      ? undefined
      : ([`ratio <= ${String(ratioAtMost)}`, (ratio ?? Number.POSITIVE_INFINITY) <= ratioAtMost] as const),
  ].filter((check) => check !== undefined);
  return {
    name,
    value,
    unit,
    ...(floor !== undefined && { floor }),
    ...(ratio !== undefined && { ratio }),
    ...(checks.length > 0 && {
      target: checks.map(([text]) => text).join(', '),
      met: checks.every(([, met]) => met),
    }),
  };
}

/**
 * Returns the growth of a figure with size: the exponent of the power law through its points. 0 is flat, 1 is linear.
 */
export function slope(points: readonly (readonly [size: number, value: number])[]): number {
  const logs = points.map(([size, value]) => [Math.log(size), Math.log(value)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, each) => sum + each[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const above = logs.reduce((sum, each) => sum + (each[0] - x) * (each[1] - y), 0);
  return above / logs.reduce((sum, each) => sum + (each[0] - x) ** 2, 0);
}

const digits = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Returns all lines as one table. */
export function table(lines: readonly Line[]): string {
  const rows = [
    ['', 'value', 'unit', 'floor', 'ratio', 'target', 'met'],
    ...lines.map(({ name, value, unit, floor, ratio, target, met }) => [
      name,
      digits(value),
      unit,
      floor === undefined ? '' : digits(floor),
      ratio === undefined ? '' : ratio.toFixed(2),
      target ?? '',
      met === undefined ? '' : met ? 'yes' : 'NO',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
