import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type ClusterName, Refusal, type TransactionId } from '@stowage/domain';
import { JournalConflict, type Subject } from '@stowage/journal';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { SchedulerConfig } from '../config';
import { PlacementIndex } from '../core/index/placement-index';
import { type BatchEntry, PlacementBatch } from './placement-batch';
import { keysOf, type PlacementJob, type PlacementOutcome, type Waiting } from './placement-job';
import { PlacementPeers } from './placement-peers';

export type { PlacementJob, PlacementOutcome } from './placement-job';

/** The requests of one cluster, first come first served, and their way into the journal: one batch at a time. */
interface PlacementQueue {
  readonly cluster: ClusterName;
  waiting: Waiting[];
  /** Decided and on its way. */
  inFlight?: PlacementBatch;
  /** Decided on top of that one, and sent when that one is in the journal. */
  next?: PlacementBatch;
  /** In the journal, and not in the fold yet. */
  unfolded?: PlacementBatch;
  /** The fold is being brought up to date after a conflict. */
  isRecovering: boolean;
  /** Since the last batch that was committed. */
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
  /** Requests that had to be decided anew because of them. */
  readonly requestsRefused: number;
}

/** Events and expectations of a batch stay well below what a transaction takes. */
const BATCH_EVENTS_MAX = 400;
const ALONE_AFTER_CONFLICTS = 8;

/**
 * Decides requests one after another and commits those that wait together as one batch. Alone, a request is committed
 * at once; while a batch is on its way the next ones gather. Each decision counts on those before it, and with many
 * waiting the next batch is decided while the one before is still being written. Other schedulers are met in the
 * journal: after a conflict everything that counted on the batch is decided anew, before those that came later.
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

  /** @throws Refusal of the decision, or when there is no getting through in time; FoldLagging; JournalUnavailable. */
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

  /** Does what can be done now. Whatever ends calls it again: a commit, the fold of one, the catching up after a conflict. */
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
    // A slice of refusals, and nothing is on its way that would call again.
    else if (queue.waiting.length > 0) setImmediate(() => this.pump(queue));
    else if (this.queues.get(queue.cluster) === queue) this.queues.delete(queue.cluster);
  }

  /** As many of the waiting as one slice of time and one transaction take. Undefined: none had to be written. */
  private decideBatch(queue: PlacementQueue, after: PlacementBatch | undefined): PlacementBatch | undefined {
    const { fold, now } = this.runtime;
    // Two at most are not in the fold: the one before, and this one.
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
      // The same request or service again: what is to be done is known when the first is in the fold.
      if (own.some((key) => keys.has(key))) left.push(waiting);
      else if (this.decide(batch, waiting)) for (const key of own) keys.add(key);
    }
    queue.waiting = left;
    return batch.entries.length > 0 ? batch : undefined;
  }

  /** A request that met many conflicts is committed alone: it may be the one that nothing can be committed with. */
  private isFull({ entries, eventCount }: PlacementBatch, next: Waiting): boolean {
    if (entries.length >= this.config.placementBatchMax || eventCount >= BATCH_EVENTS_MAX) return true;
    return [next, entries[0]?.waiting].some(
      (one) => entries.length > 0 && (one?.conflicts ?? 0) >= ALONE_AFTER_CONFLICTS,
    );
  }

  /** Adds the request to the batch, or answers it at once. */
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
      // The fold may have been faster than the answer.
      if (this.unfolded.has(batch.id)) queue.unfolded = batch;
      this.answer(batch, sequence);
    } catch (error) {
      await this.afterFailure(queue, batch, error);
    }
  }

  private answer({ entries, at }: PlacementBatch, sequence: number): void {
    for (const { waiting, decision } of entries) waiting.resolve({ kind: 'placed', decision, sequence, at });
  }

  /** The one request with events in it was committed before, somewhere else: nothing of this happened. */
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

  /** What was decided on top of a batch that did not happen is decided anew too. */
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

  /** Schedulers that all want the same instance would otherwise refuse each other's batches, and each decide most of them in vain. */
  private async letOthersGoFirst({ conflictsInARow }: PlacementQueue): Promise<void> {
    if (conflictsInARow < 2) return;
    const { placementPauseMs, placementPauseMaxMs } = this.config;
    const most = Math.min(placementPauseMaxMs, placementPauseMs * 2 ** (conflictsInARow - 2));
    await new Promise((resolve) => setTimeout(resolve, randomInt(most + 1)));
  }

  private giveUp(batch: PlacementBatch): void {
    batch.release();
    this.unfolded.delete(batch.id);
  }

  /** Its placements are in the state now, so they are reserved no more. */
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

/** Of the requests whose placements are not in the fold yet. */
function keysNotFolded({ unfolded, inFlight }: PlacementQueue): Set<string> {
  const batches = [unfolded, inFlight].filter((batch) => batch !== undefined);
  return new Set(batches.flatMap(({ entries }) => entries.flatMap(({ waiting }) => keysOf(waiting.job))));
}

function overloaded(): Refusal {
  return new Refusal('ServerException', 'Service Unavailable. Please try again later.');
}
