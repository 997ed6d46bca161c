import { Semaphore } from '@stowage/concurrency';
import { applyEvent, ClusterState, type EpochMs, type ReadonlyClusterState } from '@stowage/domain';
import { SLICE_EVENTS_MAX } from './follower';
import type { Journal } from './journal';
import { snapshotBefore } from './snapshots/snapshots';

/** The state at a position, and the time of the event there. */
export interface PastState {
  readonly position: number;
  readonly at: EpochMs;
  readonly state: ReadonlyClusterState;
}

export interface PastStatesOptions {
  /** Folder of the snapshots. The fold starts from the nearest one before a position. */
  readonly dataDir: string;
  /** Greatest distance from a snapshot in events. A larger distance is rejected, because it would take too long. */
  readonly eventsMax: number;
  /** Time within which one state must be ready, including the time that it waits. */
  readonly timeoutMs: number;
  /** Number of states that are kept, by last use. Each is as large as the current state. */
  readonly keptMax: number;
}

/** Thrown for a state of the past that would exceed the limits. */
export class PastOutOfReach extends Error {
  override readonly name = 'PastOutOfReach';
}

/** Folds the journal up to positions of the past, one at a time. */
export class PastStates {
  private readonly kept = new Map<number, PastState>();
  private readonly turns = new Semaphore({ permits: 1 });

  constructor(
    private readonly journal: Journal,
    private readonly options: PastStatesOptions,
  ) {}

  /**
   * @param position a position between two transactions
   * @throws PastOutOfReach, JournalUnavailable
   */
  at(position: number): Promise<PastState> {
    return this.inTurn((signal) => this.keptOrFolded(position, signal));
  }

  /**
   * Returns a state that the caller may fold further.
   * @throws as `at`
   */
  async ownAt(position: number): Promise<ClusterState> {
    return (await this.inTurn((signal) => this.folded(position, signal))).state;
  }

  private inTurn<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    return this.turns.run(() => work(signal), {
      signal,
      denied: () => {
        throw this.tooLong('A state of the past');
      },
    });
  }

  private async keptOrFolded(position: number, signal: AbortSignal): Promise<PastState> {
    const found = this.kept.get(position) ?? (await this.folded(position, signal));
    this.kept.delete(position);
    this.kept.set(position, found);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.options.keptMax) break;
      this.kept.delete(oldest);
    }
    return found;
  }

  private async folded(position: number, signal: AbortSignal): Promise<PastState & { readonly state: ClusterState }> {
    const { dataDir, eventsMax } = this.options;
    const at = position === 0 ? 0 : ((await this.journal.read(position))?.at ?? 0);
    const base = await snapshotBefore(dataDir, this.journal, position);
    const state = base?.state ?? new ClusterState();
    const from = base?.position ?? 0;
    if (position - from > eventsMax) {
      throw new PastOutOfReach(
        `${String(position)} is ${String(position - from)} events after the last snapshot before it, and no more than ` +
          `${String(eventsMax)} are folded for a read of the past.`,
      );
    }
    if (from < position) await this.foldUpTo(position, { state, from, signal });
    return { position, at, state };
  }

  private async foldUpTo(
    position: number,
    { state, from, signal }: { readonly state: ClusterState; readonly from: number; readonly signal: AbortSignal },
  ): Promise<void> {
    let inSlice = 0;
    for await (const { events, sequence } of this.journal.follow(from, signal)) {
      for (const { event, at } of events) applyEvent(state, event, { at });
      if (sequence >= position) return;
      inSlice += events.length;
      if (inSlice < SLICE_EVENTS_MAX) continue;
      inSlice = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw this.tooLong(`The state at ${String(position)}`);
  }

  private tooLong(what: string): PastOutOfReach {
    return new PastOutOfReach(`${what} took longer than ${String(this.options.timeoutMs)} ms.`);
  }
}
