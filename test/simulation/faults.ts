import type { Random } from '@stowage/domain';

/** What goes wrong between processes. `calm`: nothing does any more, only time passes. */
export class Faults {
  isCalm = false;

  constructor(
    private readonly random: Random,
    /** Part of all messages that are lost. */
    private readonly lossRate: number,
    /** Part of all messages that are much later than others. */
    private readonly lateRate: number,
    /** Part of those that may be that arrive twice. */
    private readonly repeatRate: number,
  ) {}

  /** Each world has its own climate, from fair to foul. */
  static drawn(random: Random): Faults {
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

  /** One way over the network. */
  hopMs(): number {
    return this.strikes(this.lateRate) ? this.random.below(4_000) : 1 + this.random.below(5);
  }

  /** From the sending of a commit to its storing: sometimes long after the sender gave up. */
  commitMs(): number {
    return this.strikes(this.lateRate / 2) ? this.random.below(20_000) : 1 + this.random.below(8);
  }

  /** From the storing of a transaction to its folding by a follower. */
  newsMs(): number {
    return this.strikes(this.lateRate) ? this.random.below(10_000) : 1 + this.random.below(5);
  }

  private strikes(rate: number): boolean {
    return !this.isCalm && rate > 0 && this.random.next() < rate;
  }
}
