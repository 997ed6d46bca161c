/** Seeded randomness (mulberry32): the same seed gives the same sequence on every machine. */
export class Random {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Returns one of the items, or undefined if there are none. */
  pick<Item>(items: Iterable<Item>): Item | undefined {
    const list = Array.isArray(items) ? (items as readonly Item[]) : [...items];
    return list[this.int(0, list.length - 1)];
  }

  /** Returns lower-case hexadecimal digits. */
  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.int(0, 0xffff).toString(16).padStart(4, '0');
    return text.slice(0, digits);
  }
}
