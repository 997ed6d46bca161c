/** A range of container ports, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const PORT_MAX = 65_535;
const RANGE_PATTERN = /^(\d{1,5})-(\d{1,5})$/;

/** Parses a `containerPortRange` such as `8000-8010`. Returns undefined if it is malformed or empty. */
export function parsePortRange(text: string): PortRange | undefined {
  const match = RANGE_PATTERN.exec(text);
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  return first >= 1 && first <= last && last <= PORT_MAX ? { first, last } : undefined;
}

/** Returns every port of the range in ascending order. */
export function portsOf({ first, last }: PortRange): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
