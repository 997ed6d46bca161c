import { applyEvent, ClusterState, invariant, type ReadonlyClusterState } from '@stowage/domain';
import { type Fold, FoldLagging } from './fold';
import type { CommittedTransaction, Journal, Subject } from './journal';
import { LastSequences } from './last-sequences';
import { PositionWaiters } from './position-waiters';
import { RecentKeys } from './recent-keys';

/** A fold and its position: everything that is needed to continue from there. */
export interface FoldedState {
  readonly state: ClusterState;
  readonly position: number;
  readonly lastSequences: LastSequences;
  readonly keys: RecentKeys;
}

export interface FollowerOptions {
  /** The fold of a snapshot. Without it, the whole journal is folded. */
  readonly from?: FoldedState;
  /**
   * Called once when following fails permanently: because of a broken invariant, or a position that the journal
   * rejects.
   */
  readonly onFailure?: (error: Error) => void;
}

/** Number of events after which the event loop runs, so that heartbeats are answered meanwhile. */
export const SLICE_EVENTS_MAX = 500;

/** Follows a journal and folds it. */
export class Follower implements Fold {
  private readonly folded: { -readonly [Part in keyof FoldedState]: FoldedState[Part] };
  private readonly waiters = new PositionWaiters();
  private readonly listeners = new Set<(transaction: CommittedTransaction) => void>();
  private readonly stopping = new AbortController();
  private readonly onFailure: (error: Error) => void;
  private running: Promise<void> | undefined;
  private failure: Error | undefined;

  constructor(
    private readonly journal: Journal,
    { from, onFailure }: FollowerOptions = {},
  ) {
    this.folded = from
      ? { ...from }
      : { state: new ClusterState(), position: 0, lastSequences: new LastSequences(), keys: new RecentKeys() };
    this.onFailure = onFailure ?? (() => undefined);
  }

  get state(): ReadonlyClusterState {
    return this.folded.state;
  }

  get position(): number {
    return this.folded.position;
  }

  /** The fold for a snapshot. Read it synchronously, because the next transaction changes it. */
  get current(): FoldedState {
    return this.folded;
  }

  start(): void {
    invariant(!this.running, 'A follower is started once.');
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.waiters.failAll(new FoldLagging('The follower was stopped.'));
  }

  lastSequenceOf(subject: Subject): number {
    return this.folded.lastSequences.of(subject);
  }

  sequenceOfKey(deduplicationKey: string): number | undefined {
    return this.folded.keys.sequenceOf(deduplicationKey);
  }

  reached(sequence: number, timeoutMs: number): Promise<void> {
    if (this.failure) return Promise.reject(new FoldLagging(`Following has failed: ${this.failure.message}`));
    if (this.position >= sequence) return Promise.resolve();
    return this.waiters.wait(sequence, timeoutMs);
  }

  async catchUp(timeoutMs: number): Promise<void> {
    await this.reached(await this.journal.lastSequence(), timeoutMs);
  }

  onTransaction(listener: (transaction: CommittedTransaction) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async run(): Promise<void> {
    try {
      let inSlice = 0;
      for await (const transaction of this.journal.follow(this.position, this.stopping.signal)) {
        this.fold(transaction);
        inSlice += transaction.events.length;
        if (inSlice < SLICE_EVENTS_MAX) continue;
        inSlice = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.waiters.failAll(new FoldLagging(`Following has failed: ${this.failure.message}`));
      this.onFailure(this.failure);
    }
  }

  private fold(transaction: CommittedTransaction): void {
    invariant(transaction.sequence > this.position, 'Transactions come in order.');
    for (const stored of transaction.events) applyEvent(this.folded.state, stored.event, stored);
    this.folded.lastSequences.add(transaction);
    for (const { key, sequence } of transaction.keys ?? []) this.folded.keys.add(key, sequence);
    this.folded.position = transaction.sequence;
    this.waiters.reached(transaction.sequence);
    for (const listener of this.listeners) listener(transaction);
  }
}
