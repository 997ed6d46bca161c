import type { Random } from '@stowage/domain';

/** Faults between processes. When `calm` is set, there are no more faults. */
export class Faults {
  isCalm = false;

  constructor(
    private readonly random: Random,
    /** Share of the messages that are lost. */
    private readonly lossRate: number,
    /** Share of the messages that are delayed much longer than others. */
    private readonly lateRate: number,
    /** Share of the repeatable messages that arrive twice. */
    private readonly repeatRate: number,
  ) {}

  /** Returns the fault rates of one world, from few faults to many. */
  static drawRandom(random: Random): Faults {
    const rate = (max: number): number => (random.next() < 0.3 ? 0 : random.next() * max);
    return new Faults(random, rate(0.1), rate(0.1), rate(0.2));
  }

  isRequestLost(): boolean {
    return this.strikes(this.lossRate);
  }

  isAnswerLost(): boolean {
    return this.strikes(this.lossRate);
  }

  isRepeated(): boolean {
    return this.strikes(this.repeatRate);
  }

  /** Delay of a message in one direction. */
  hopMs(): number {
    return this.strikes(this.lateRate) ? this.random.below(4_000) : 1 + this.random.below(5);
  }

  /** Delay from the sending of a commit until it is stored, which is sometimes long after the sender's timeout. */
  commitMs(): number {
    return this.strikes(this.lateRate / 2) ? this.random.below(20_000) : 1 + this.random.below(8);
  }

  /** Delay from the storing of a transaction until a follower folds it. */
  newsMs(): number {
    return this.strikes(this.lateRate) ? this.random.below(10_000) : 1 + this.random.below(5);
  }

  private strikes(rate: number): boolean {
    return !this.isCalm && rate > 0 && this.random.next() < rate;
  }
}
