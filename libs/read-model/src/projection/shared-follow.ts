import type { CommittedTransaction, Fold, Journal } from '@stowage/journal';

export interface SharedFollowing {
  readonly journal: Journal;
  readonly fold: Fold | undefined;
  /** So many events may wait to be taken from the fold; then the fold is let go and the journal is read again. */
  readonly tailEventsMax?: number;
}

const TAIL_EVENTS_MAX = 5_000;

/**
 * The journal after `position`, in order and without a gap, as `journal.follow` gives it, but read once in a process: as
 * soon as the process's own fold is not ahead, what the fold has read is handed on.
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
        // Listen first and stop reading after: in between, the fold may move on.
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

/** What a fold reads from now on and lies after a position. */
class Tail {
  private readonly waiting: CommittedTransaction[] = [];
  private readonly stopListening: () => void;
  private events = 0;
  private overflown = false;
  private wake: () => void = () => undefined;

  /** None while the fold is ahead of the position. */
  static after(position: number, fold: Fold, bounds: TailBounds): Tail | undefined {
    return fold.position > position ? undefined : new Tail(position, fold, bounds);
  }

  private constructor(
    private readonly position: number,
    fold: Fold,
    private readonly bounds: TailBounds,
  ) {
    this.stopListening = fold.onTransaction((transaction) => this.hear(transaction));
  }

  /** Ends when too much was waiting, or when the signal aborts. */
  async *transactions(): AsyncGenerator<CommittedTransaction> {
    const wake = (): void => this.wake();
    this.bounds.signal.addEventListener('abort', wake);
    try {
      while (!this.bounds.signal.aborted) {
        const transaction = this.waiting.shift();
        if (transaction) {
          this.events -= transaction.events.length;
          yield transaction;
        } else if (this.overflown) return;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.stopListening();
      this.bounds.signal.removeEventListener('abort', wake);
    }
  }

  /** Called while the fold is busy: only remembers. After an overflow nothing is, since it would leave a gap. */
  private hear(transaction: CommittedTransaction): void {
    if (transaction.sequence <= this.position || this.overflown) return;
    this.overflown = this.events >= this.bounds.eventsMax;
    if (this.overflown) return;
    this.waiting.push(transaction);
    this.events += transaction.events.length;
    this.wake();
  }
}
