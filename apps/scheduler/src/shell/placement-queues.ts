import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { backoffMs, sleep } from '@stowage/concurrency';
import { type ClusterName, Refusal, type TransactionId } from '@stowage/domain';
import { JournalConflict, type Subject } from '@stowage/journal';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { SchedulerConfig } from '../config';
import { PlacementIndex } from '../core/index/placement-index';
import { type BatchEntry, PlacementBatch } from './placement-batch';
import { keysOf, type PlacementJob, type PlacementOutcome, type Waiting } from './placement-job';
import { PlacementPeers } from './placement-peers';

export type { PlacementJob, PlacementOutcome } from './placement-job';

/** The queue of the requests of one cluster, in the order of arrival. One batch at a time is written to the journal. */
interface PlacementQueue {
  readonly cluster: ClusterName;
  waiting: Waiting[];
  /** The batch that is being written. */
  inFlight?: PlacementBatch;
  /** The batch that was decided on top of `inFlight`. It is sent when `inFlight` is committed. */
  next?: PlacementBatch | undefined;
  /** The batch that is committed and not folded yet. */
  unfolded?: PlacementBatch;
  /** True while the fold catches up after a conflict. */
  isRecovering: boolean;
  /** Consecutive conflicts since the last committed batch. */
  conflictsInARow: number;
}

interface Unfolded {
  readonly queue: PlacementQueue;
  readonly batch: PlacementBatch;
}

export interface PlacementCounters {
  readonly batches: number;
  readonly requests: number;
  readonly conflicts: number;
  /** Requests that were decided again because of conflicts. */
  readonly requestsRefused: number;
}

/** Upper bound of events and expectations of a batch, well below the limit of a transaction. */
const BATCH_EVENTS_MAX = 400;
const ALONE_AFTER_CONFLICTS = 8;

/**
 * Decides requests one after another and commits waiting requests as one batch. A single request is committed
 * immediately; further requests gather while a batch is being written. Each decision counts the placements of the
 * earlier ones. If many requests wait, the next batch is decided while the previous one is being written. After a
 * conflict with another scheduler, everything that counted on the rejected batch is decided again, before newer
 * requests.
 */
@Injectable()
export class PlacementQueues {
  readonly counters: { -readonly [Name in keyof PlacementCounters]: number } = {
    batches: 0,
    requests: 0,
    conflicts: 0,
    requestsRefused: 0,
  };
  private readonly queues = new Map<ClusterName, PlacementQueue>();
  private readonly unfolded = new Map<TransactionId, Unfolded>();
  private waiting = 0;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Pick<Runtime, 'journal' | 'fold' | 'now' | 'logger'>,
    private readonly config: SchedulerConfig,
    private readonly peers: PlacementPeers,
  ) {
    runtime.fold.onTransaction(({ id }) => this.folded(id));
  }

  /** This process, and the code that it runs. */
  get self(): PlacementPeers['self'] {
    return this.peers.self;
  }

  /** @throws Refusal of the decision, or if the request was not committed in time; FoldLagging; JournalUnavailable */
  async submit(job: PlacementJob): Promise<PlacementOutcome> {
    if (this.waiting >= this.config.placementsWaitingMax) throw overloaded();
    this.waiting += 1;
    try {
      await this.runtime.fold.reached(job.atLeast, this.config.foldTimeoutMs);
      return await new Promise<PlacementOutcome>((resolve, reject) => {
        const deadline = this.runtime.now() + this.config.placementTimeoutMs;
        const queue = this.queue(job.cluster);
        queue.waiting.push({ job, deadline, resolve, reject, conflicts: 0 });
        this.pump(queue);
      });
    } finally {
      this.waiting -= 1;
    }
  }

  private queue(cluster: ClusterName): PlacementQueue {
    const known = this.queues.get(cluster);
    if (known) return known;
    const queue: PlacementQueue = { cluster, waiting: [], isRecovering: false, conflictsInARow: 0 };
    this.queues.set(cluster, queue);
    return queue;
  }

  /** Does everything that is possible now. It is called again after each commit, fold and recovery. */
  private pump(queue: PlacementQueue): void {
    if (queue.isRecovering) return;
    if (queue.inFlight) {
      const isWorthIt = queue.waiting.length >= this.config.placementAheadMin;
      if (!queue.next && isWorthIt) queue.next = this.decideBatch(queue, queue.inFlight);
      return;
    }
    const batch = queue.next ?? this.decideBatch(queue, queue.unfolded);
    delete queue.next;
    if (batch) this.send(queue, batch);
    else if (queue.unfolded) return;
    // A whole slice was refused, and no pending batch would call again.
    else if (queue.waiting.length > 0) setImmediate(() => this.pump(queue));
    else if (this.queues.get(queue.cluster) === queue) this.queues.delete(queue.cluster);
  }

  /**
   * Decides as many waiting requests as fit into one time slice and one transaction. Undefined if nothing must be
   * written.
   */
  private decideBatch(queue: PlacementQueue, after: PlacementBatch | undefined): PlacementBatch | undefined {
    const { fold, now } = this.runtime;
    // At most two batches are not folded: the previous one and this one.
    if (queue.waiting.length === 0 || (after?.after?.sequence ?? 0) > fold.position) return undefined;
    const index = PlacementIndex.of(fold.state).cluster(queue.cluster);
    const basis = { position: fold.position, share: this.peers.share(), ...this.peers.self };
    const batch = new PlacementBatch(basis, after, index.reservation(), now());
    const keys = keysNotFolded(queue);
    const sliceEnd = performance.now() + this.config.placementSliceMs;
    const left: Waiting[] = [];
    for (const [at, waiting] of queue.waiting.entries()) {
      if (this.isFull(batch, waiting) || performance.now() > sliceEnd) {
        left.push(...queue.waiting.slice(at));
        break;
      }
      const own = keysOf(waiting.job);
      // Another request with the same token or service is pending; its outcome must be folded first.
      if (own.some((key) => keys.has(key))) left.push(waiting);
      else if (this.decide(batch, waiting)) for (const key of own) keys.add(key);
    }
    queue.waiting = left;
    return batch.entries.length > 0 ? batch : undefined;
  }

  /** A request with many conflicts is committed alone, because it may be the one that causes the conflicts. */
  private isFull({ entries, eventCount }: PlacementBatch, next: Waiting): boolean {
    if (entries.length >= this.config.placementBatchMax || eventCount >= BATCH_EVENTS_MAX) return true;
    return [next, entries[0]?.waiting].some(
      (one) => entries.length > 0 && (one?.conflicts ?? 0) >= ALONE_AFTER_CONFLICTS,
    );
  }

  /** Adds the request to the batch, or answers it immediately. */
  private decide(batch: PlacementBatch, waiting: Waiting): boolean {
    const { fold, now } = this.runtime;
    const { job } = waiting;
    try {
      if (now() > waiting.deadline) throw overloaded();
      const repeated = job.deduplicationKey && fold.sequenceOfKey(job.deduplicationKey);
      if (repeated) {
        waiting.resolve({ kind: 'repeated', sequence: repeated });
        return false;
      }
      const decision = job.decide(fold.state, batch.basis.share);
      if (decision.kind === 'stale') waiting.resolve({ kind: 'stale', sequence: fold.position });
      else batch.add({ waiting, decision }, (subject: Subject) => fold.lastSequenceOf(subject));
      return decision.kind !== 'stale';
    } catch (error) {
      waiting.reject(error);
      return false;
    }
  }

  private send(queue: PlacementQueue, batch: PlacementBatch): void {
    queue.inFlight = batch;
    void this.commit(queue, batch).finally(() => {
      if (queue.inFlight === batch) delete queue.inFlight;
      this.pump(queue);
    });
    this.pump(queue);
  }

  private async commit(queue: PlacementQueue, batch: PlacementBatch): Promise<void> {
    const transaction = batch.transaction();
    try {
      if (!transaction) {
        this.answer(batch, batch.after?.sequence ?? this.runtime.fold.position);
        return;
      }
      this.unfolded.set(batch.id, { queue, batch });
      this.counters.batches += 1;
      this.counters.requests += batch.entries.length;
      const { sequence, duplicate } = await this.runtime.journal.commit(transaction);
      if (duplicate) {
        this.repeated(queue, batch, sequence);
        return;
      }
      queue.conflictsInARow = 0;
      batch.committed(sequence, transaction.events);
      // The fold may have received the events before the answer to the commit arrived.
      if (this.unfolded.has(batch.id)) queue.unfolded = batch;
      this.answer(batch, sequence);
    } catch (error) {
      await this.afterFailure(queue, batch, error);
    }
  }

  private answer({ entries, at }: PlacementBatch, sequence: number): void {
    for (const { waiting, decision } of entries) waiting.resolve({ kind: 'placed', decision, sequence, at });
  }

  /** The only request with events in this batch was already committed elsewhere, so nothing was written. */
  private repeated(queue: PlacementQueue, batch: PlacementBatch, sequence: number): void {
    this.giveUp(batch);
    const others: BatchEntry[] = [];
    for (const entry of batch.entries) {
      if (entry.decision.events.length > 0) entry.waiting.resolve({ kind: 'repeated', sequence });
      else others.push(entry);
    }
    this.decideAnew(queue, others);
  }

  private async afterFailure(queue: PlacementQueue, batch: PlacementBatch, error: unknown): Promise<void> {
    this.giveUp(batch);
    if (!(error instanceof JournalConflict)) {
      for (const { waiting } of batch.entries) waiting.reject(error);
      this.decideAnew(queue, []);
      return;
    }
    this.counters.conflicts += 1;
    queue.conflictsInARow += 1;
    this.counters.requestsRefused += batch.entries.length;
    const again: BatchEntry[] = [];
    for (const entry of batch.entries) {
      entry.waiting.conflicts += 1;
      if (entry.waiting.conflicts > this.config.placementConflictsMax) entry.waiting.reject(error);
      else again.push(entry);
    }
    this.decideAnew(queue, again);
    await this.recover(queue);
  }

  /** Requests that were decided on top of a failed batch are decided again too. */
  private decideAnew(queue: PlacementQueue, entries: readonly BatchEntry[]): void {
    const { next } = queue;
    if (next) this.giveUp(next);
    delete queue.next;
    const all = [...entries, ...(next?.entries ?? [])];
    queue.waiting = [...all.map(({ waiting }) => waiting), ...queue.waiting];
  }

  private async recover(queue: PlacementQueue): Promise<void> {
    queue.isRecovering = true;
    try {
      await this.letOthersGoFirst(queue);
      await this.runtime.fold.catchUp(this.config.foldTimeoutMs);
    } catch (lagging) {
      for (const waiting of queue.waiting.splice(0)) waiting.reject(lagging);
    } finally {
      queue.isRecovering = false;
    }
  }

  /**
   * Backs off for a random time. Schedulers that want the same instances would otherwise reject each other's batches
   * again and again.
   */
  private async letOthersGoFirst({ conflictsInARow }: PlacementQueue): Promise<void> {
    if (conflictsInARow < 2) return;
    const { placementPauseMs, placementPauseMaxMs } = this.config;
    const most = backoffMs(conflictsInARow - 1, { minMs: placementPauseMs, maxMs: placementPauseMaxMs });
    await sleep(randomInt(most + 1));
  }

  private giveUp(batch: PlacementBatch): void {
    batch.release();
    this.unfolded.delete(batch.id);
  }

  /** Releases the reservations, because the placements are in the state now. */
  private folded(id: TransactionId): void {
    const found = this.unfolded.get(id);
    if (!found) return;
    const { queue, batch } = found;
    this.unfolded.delete(id);
    batch.release();
    if (queue.unfolded === batch) delete queue.unfolded;
    this.pump(queue);
  }
}

/** Keys of the requests whose placements are not folded yet. */
function keysNotFolded({ unfolded, inFlight }: PlacementQueue): Set<string> {
  const batches = [unfolded, inFlight].filter((batch) => batch !== undefined);
  return new Set(batches.flatMap(({ entries }) => entries.flatMap(({ waiting }) => keysOf(waiting.job))));
}

function overloaded(): Refusal {
  return new Refusal('ServerException', 'Service Unavailable. Please try again later.');
}
