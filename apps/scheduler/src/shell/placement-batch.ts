import {
  type DomainEvent,
  type PlacementBasis,
  type TasksPlaced,
  type TransactionId,
  transactionId,
} from '@stowage/domain';
import { type EventOrigin, type Expectation, type Subject, subjectOfEvent, type Transaction } from '@stowage/journal';
import { uuidv7 } from 'uuidv7';
import type { Reservation } from '../core/index/cluster-index';
import type { Share } from '../core/pick';
import type { PlacementDecision } from '../core/placement-decision';
import type { PlacementJob, Waiting } from './placement-job';

/** A request in a batch, and its decision. */
export interface BatchEntry {
  readonly waiting: Waiting;
  readonly decision: PlacementDecision;
}

/**
 * The inputs that all decisions of a batch share. They are recorded with each decision, so that it can be made again.
 */
export interface BatchBasis {
  /** Position of the fold at the time of the decision. */
  readonly position: number;
  readonly share: Share;
  /** This process, and the code that it runs. */
  readonly scheduler: string;
  readonly build: string;
}

/**
 * Decisions that are committed together. All are made on one state, and each counts the placements of the earlier ones.
 */
export class PlacementBatch {
  readonly entries: BatchEntry[] = [];
  readonly id: TransactionId = transactionId(uuidv7());
  /** Sequence of its last event, once it is committed. */
  sequence: number | undefined;
  private readonly expected = new Map<Subject, number>();
  private readonly written = new Map<Subject, number>();

  constructor(
    readonly basis: BatchBasis,
    /** The previous batch, if it was not folded yet. Its placements were counted as made. */
    private before: PlacementBatch | undefined,
    private readonly reservation: Reservation,
    readonly at: number,
  ) {}

  get after(): PlacementBatch | undefined {
    return this.before;
  }

  get eventCount(): number {
    return this.entries.reduce((sum, { decision }) => sum + decision.events.length + (decision.step ? 1 : 0), 0);
  }

  /** `lastSequenceOf`: that of the fold, at the position of the basis. */
  add(entry: BatchEntry, lastSequenceOf: (subject: Subject) => number): void {
    this.entries.push(entry);
    for (const event of entry.decision.events) {
      for (const { group, resources } of event.tasks) this.reservation.add(event.instance, { group, resources });
      this.expected.set(subjectOfEvent(event), lastSequenceOf(subjectOfEvent(event)));
    }
    for (const { subject, sequence } of entry.waiting.job.expects ?? []) this.expected.set(subject, sequence);
  }

  /** Releases the placements, because they are folded now or will never be written. */
  release(): void {
    this.reservation.release();
    this.before = undefined;
  }

  /** Undefined if no task was placed, so that there is nothing to write. */
  transaction(): Transaction | undefined {
    const parts = this.entries.map((entry) => ({ events: this.eventsOf(entry), origin: originOf(entry) }));
    const writing = parts.filter(({ events }) => events.length > 0);
    const [first, second] = writing;
    if (!first) return undefined;
    const events = writing.flatMap((part) => part.events);
    const common = { id: this.id, events, expectations: this.expectations(), at: this.at };
    if (!second) return { ...common, ...first.origin };
    const origins = writing.flatMap((part) => originsOf(part.events, part.origin));
    return { ...common, actor: first.origin.actor, cause: first.origin.cause, origins };
  }

  committed(sequence: number, events: readonly DomainEvent[]): void {
    this.sequence = sequence;
    for (const [at, event] of events.entries())
      this.written.set(subjectOfEvent(event), sequence - events.length + 1 + at);
  }

  private expectations(): readonly Expectation[] {
    return [...this.expected].map(([subject, sequence]) => ({
      subject,
      // The events of the previous batch are newer than what the fold knew, unless they were folded by then.
      sequence: Math.max(this.before?.written.get(subject) ?? 0, sequence),
    }));
  }

  private eventsOf({ waiting, decision }: BatchEntry): readonly DomainEvent[] {
    const events = signed(decision.events, waiting.job, { ...this.basis, after: this.before?.sequence });
    return decision.step ? [...events, decision.step] : events;
  }
}

/** Returns the placements with all inputs that are needed to make the decision again. */
export function signed(
  events: readonly TasksPlaced[],
  { seed, asked }: PlacementJob,
  { position, share, scheduler, build, after }: BatchBasis & { readonly after: number | undefined },
): readonly TasksPlaced[] {
  const decision: PlacementBasis = {
    position,
    ...(after !== undefined && { after }),
    ...(seed !== undefined && { seed }),
    ...(share.of > 1 && { share }),
    ...(asked && { asked }),
    scheduler,
    build,
  };
  return events.map((event) => ({ ...event, decision }));
}

function originOf({ waiting: { job } }: BatchEntry): EventOrigin {
  const { actor, cause, deduplicationKey } = job;
  return { actor, cause, ...(deduplicationKey && { deduplicationKey }) };
}

/** The deduplication key of a request belongs to its last event. */
function originsOf(events: readonly DomainEvent[], { actor, cause, ...key }: EventOrigin): readonly EventOrigin[] {
  return events.map((_, at) => ({ actor, cause, ...(at === events.length - 1 && key) }));
}
