import type { CommittedTransaction, Fold, Journal } from '@stowage/journal';

export interface SharedFollowing {
  readonly journal: Journal;
  readonly fold: Fold | undefined;
  /** Maximum number of events that wait to be taken from the fold. Above it, the journal is read again. */
  readonly tailEventsMax?: number;
}

const TAIL_EVENTS_MAX = 5_000;

/**
 * Yields the journal after `position`, in order and without a gap, like `journal.follow`. The journal is read once per
 * process: as soon as the process's own fold is not ahead of this reader, the transactions that the fold reads are
 * passed on.
 */
export async function* sharedFollow(
  { journal, fold, tailEventsMax = TAIL_EVENTS_MAX }: SharedFollowing,
  position: number,
  signal: AbortSignal,
): AsyncGenerator<CommittedTransaction> {
  if (!fold) {
    yield* journal.follow(position, signal);
    return;
  }
  let at = position;
  while (!signal.aborted) {
    let tail = Tail.after(at, fold, { signal, eventsMax: tailEventsMax });
    if (!tail) {
      const catchingUp = new AbortController();
      for await (const transaction of journal.follow(at, AbortSignal.any([signal, catchingUp.signal]))) {
        yield transaction;
        at = transaction.sequence;
        // Subscribe before reading stops, because the fold may advance in between.
        tail = Tail.after(at, fold, { signal, eventsMax: tailEventsMax });
        if (tail) break;
      }
      catchingUp.abort();
    }
    if (!tail) return;
    for await (const transaction of tail.transactions()) {
      yield transaction;
      at = transaction.sequence;
    }
  }
}

interface TailBounds {
  readonly signal: AbortSignal;
  readonly eventsMax: number;
}

/** Transactions after a position that a fold reads from now on. */
class Tail {
  private readonly waiting: CommittedTransaction[] = [];
  private readonly stopListening: () => void;
  private events = 0;
  private overflowed = false;
  private wake: () => void = () => undefined;

  /** Returns undefined while the fold is ahead of the position. */
  static after(position: number, fold: Fold, bounds: TailBounds): Tail | undefined {
    return fold.position > position ? undefined : new Tail(position, fold, bounds);
  }

  private constructor(
    private readonly position: number,
    fold: Fold,
    private readonly bounds: TailBounds,
  ) {
    this.stopListening = fold.onTransaction((transaction) => this.enqueue(transaction));
  }

  /** Ends when the buffer overflows or the signal aborts. */
  async *transactions(): AsyncGenerator<CommittedTransaction> {
    const wake = (): void => this.wake();
    this.bounds.signal.addEventListener('abort', wake);
    try {
      while (!this.bounds.signal.aborted) {
        const transaction = this.waiting.shift();
        if (transaction) {
          this.events -= transaction.events.length;
          yield transaction;
        } else if (this.overflowed) return;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.stopListening();
      this.bounds.signal.removeEventListener('abort', wake);
    }
  }

  /**
   * Called while the fold is busy, so it only enqueues. After an overflow it drops all transactions, because a later
   * one would leave a gap.
   */
  private enqueue(transaction: CommittedTransaction): void {
    if (transaction.sequence <= this.position || this.overflowed) return;
    this.overflowed = this.events >= this.bounds.eventsMax;
    if (this.overflowed) return;
    this.waiting.push(transaction);
    this.events += transaction.events.length;
    this.wake();
  }
}
