import { type ClusterName, type InstanceId, Refusal, type ReadonlyClusterState, transactionId } from '@stowage/domain';
import { type Expectation, JournalConflict, subjectOfEvent, type Transaction } from '@stowage/journal';
import type { Runtime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import type { SchedulerConfig } from '../config';
import type { PlacementDecision, ServicePlacementDecision } from '../core/placement-decision';

/** A request to place tasks, waiting for its turn. */
export interface PlacementJob {
  readonly cluster: ClusterName;
  /** The least position to decide from. */
  readonly atLeast: number;
  readonly actor: string;
  readonly cause: string;
  readonly deduplicationKey?: string;
  /** What must hold beside the ledgers: the service, as its controller saw it. */
  readonly expects?: readonly Expectation[];
  /** Pure; throws `Refusal`. `busy`: instances whose ledger is being written to. */
  readonly decide: (state: ReadonlyClusterState, busy: ReadonlySet<InstanceId>) => ServicePlacementDecision;
}

type Decided = Extract<PlacementDecision, { kind: 'decided' }>;

/** What became of a job. */
export type PlacementOutcome =
  | { readonly kind: 'placed'; readonly decision: Decided; readonly sequence: number; readonly at: number }
  /** An earlier transaction with the same deduplication key stands at `sequence`. */
  | { readonly kind: 'repeated'; readonly sequence: number }
  /** Of tasks for a service: it has moved on, and nothing was placed. `sequence`: where that is known from. */
  | { readonly kind: 'stale'; readonly sequence: number };

interface Waiting {
  readonly job: PlacementJob;
  readonly deadline: number;
  readonly resolve: (outcome: PlacementOutcome) => void;
  readonly reject: (error: unknown) => void;
  conflicts: number;
}

/** The requests of one cluster, first come first served, and the instances that are being written to. */
interface Lane {
  readonly waiting: Waiting[];
  readonly busy: Set<InstanceId>;
  deciding: boolean;
}

/**
 * Decides requests one after another and lets their commits overlap. The decisions of one process never conflict with
 * each other: an instance whose ledger is being written to is busy, and gets nothing more until that write is folded.
 * Other schedulers are met in the journal: a conflict is decided anew, before those that came later.
 */
export class PlacementLanes {
  private readonly lanes = new Map<ClusterName, Lane>();
  private waiting = 0;
  private inFlight = 0;

  constructor(
    private readonly runtime: Pick<Runtime, 'journal' | 'fold' | 'now' | 'logger'>,
    private readonly config: SchedulerConfig,
  ) {}

  /** @throws Refusal of the decision, or when there is no getting through in time; FoldLagging; JournalUnavailable. */
  async submit(job: PlacementJob): Promise<PlacementOutcome> {
    if (this.waiting >= this.config.placementsWaitingMax) throw overloaded();
    this.waiting += 1;
    try {
      await this.runtime.fold.reached(job.atLeast, this.config.foldTimeoutMs);
      return await new Promise<PlacementOutcome>((resolve, reject) => {
        const deadline = this.runtime.now() + this.config.placementTimeoutMs;
        const lane = this.lane(job.cluster);
        lane.waiting.push({ job, deadline, resolve, reject, conflicts: 0 });
        void this.decideWaiting(lane);
      });
    } finally {
      this.waiting -= 1;
      this.forgetIfIdle(job.cluster);
    }
  }

  private lane(cluster: ClusterName): Lane {
    const known = this.lanes.get(cluster);
    if (known) return known;
    const lane: Lane = { waiting: [], busy: new Set(), deciding: false };
    this.lanes.set(cluster, lane);
    return lane;
  }

  private forgetIfIdle(cluster: ClusterName): void {
    const lane = this.lanes.get(cluster);
    if (lane && lane.waiting.length === 0 && lane.busy.size === 0 && !lane.deciding) this.lanes.delete(cluster);
  }

  /** Goes on until nobody waits, or until only the end of a commit can help: that calls it again. */
  private async decideWaiting(lane: Lane): Promise<void> {
    if (lane.deciding) return;
    lane.deciding = true;
    let sliceEnd = performance.now() + this.config.placementSliceMs;
    for (
      let next = lane.waiting[0];
      next && this.inFlight < this.config.placementsInFlightMax;
      next = lane.waiting[0]
    ) {
      if (!this.decide(lane, next)) break;
      if (performance.now() < sliceEnd) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sliceEnd = performance.now() + this.config.placementSliceMs;
    }
    lane.deciding = false;
  }

  /** Decides the first in the lane. False: it must wait, and those behind it too. */
  private decide(lane: Lane, first: Waiting): boolean {
    const { job } = first;
    try {
      if (this.runtime.now() > first.deadline) throw overloaded();
      const repeated = job.deduplicationKey && this.runtime.fold.sequenceOfKey(job.deduplicationKey);
      const decision = repeated ? undefined : job.decide(this.runtime.fold.state, lane.busy);
      if (decision?.kind === 'wait') return false;
      lane.waiting.shift();
      if (repeated) first.resolve({ kind: 'repeated', sequence: repeated });
      else if (decision?.kind === 'stale') first.resolve({ kind: 'stale', sequence: this.runtime.fold.position });
      else if (decision) this.carryOut(lane, first, decision);
    } catch (error) {
      lane.waiting.shift();
      first.reject(error);
    }
    return true;
  }

  private carryOut(lane: Lane, waiting: Waiting, decision: Decided): void {
    const at = this.runtime.now();
    if (decision.events.length === 0) {
      waiting.resolve({ kind: 'placed', decision, sequence: this.runtime.fold.position, at });
      return;
    }
    // No await between the decision and its expectations: both are of one position.
    void this.commit(lane, waiting, { decision, transaction: this.transaction(waiting.job, decision, at) });
  }

  private transaction(job: PlacementJob, { events, step }: Decided, at: number): Transaction {
    const ledgers = events.map(subjectOfEvent).map((subject) => ({
      subject,
      sequence: this.runtime.fold.lastSequenceOf(subject),
    }));
    return {
      id: transactionId(uuidv7()),
      events: step ? [...events, step] : events,
      // Of all that was read only the ledgers can make a placement wrong; docs/placement.md says why.
      expectations: [...ledgers, ...(job.expects ?? [])],
      at,
      actor: job.actor,
      cause: job.cause,
      ...(job.deduplicationKey && { deduplicationKey: job.deduplicationKey }),
    };
  }

  private async commit(
    lane: Lane,
    waiting: Waiting,
    { decision, transaction }: { readonly decision: Decided; readonly transaction: Transaction },
  ): Promise<void> {
    this.inFlight += 1;
    for (const { instance } of decision.events) lane.busy.add(instance);
    try {
      const { sequence, duplicate } = await this.runtime.journal.commit(transaction);
      if (duplicate) waiting.resolve({ kind: 'repeated', sequence });
      else waiting.resolve({ kind: 'placed', decision, sequence, at: transaction.at });
      await this.folded(sequence);
    } catch (error) {
      await this.afterFailure(lane, waiting, error);
    } finally {
      this.inFlight -= 1;
      for (const { instance } of decision.events) lane.busy.delete(instance);
      this.wakeAll();
    }
  }

  /** A fold that lags only costs a conflict at the next write to these ledgers. */
  private async folded(sequence: number): Promise<void> {
    try {
      await this.runtime.fold.reached(sequence, this.config.foldTimeoutMs);
    } catch (error) {
      this.runtime.logger.warn({ err: error, sequence }, 'A placement was not folded in time.');
    }
  }

  private async afterFailure(lane: Lane, waiting: Waiting, error: unknown): Promise<void> {
    waiting.conflicts += 1;
    if (!(error instanceof JournalConflict) || waiting.conflicts > this.config.placementConflictsMax) {
      waiting.reject(error);
      return;
    }
    try {
      await this.runtime.fold.catchUp(this.config.foldTimeoutMs);
      lane.waiting.unshift(waiting);
    } catch (lagging) {
      waiting.reject(lagging);
    }
  }

  /** The bound on commits is the process's, so the end of one may let any lane go on. */
  private wakeAll(): void {
    for (const [cluster, lane] of this.lanes) {
      void this.decideWaiting(lane);
      this.forgetIfIdle(cluster);
    }
  }
}

function overloaded(): Refusal {
  return new Refusal('ServerException', 'Service Unavailable. Please try again later.');
}
