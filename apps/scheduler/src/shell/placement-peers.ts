import { Inject, Injectable } from '@nestjs/common';
import type { CommittedTransaction } from '@stowage/journal';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { type Share, WHOLE } from '../core/pick';
import { SCHEDULER_IDENTITY, type SchedulerIdentity } from './scheduler-identity';

/** A scheduler that has placed nothing for so long takes no share any more. */
const SEEN_FOR_MS = 10_000;

/**
 * Which other schedulers place tasks just now, as the journal tells: each placement names its scheduler. Among instances
 * that a strategy finds equal each prefers a part of its own, so that they hardly ever meet. It is a preference and no
 * more: what two of them believe may differ, and correctness is the journal's.
 */
@Injectable()
export class PlacementPeers {
  private readonly seenAt = new Map<string, number>();

  constructor(
    @Inject(RUNTIME) private readonly runtime: Pick<Runtime, 'fold' | 'now'>,
    @Inject(SCHEDULER_IDENTITY) readonly self: SchedulerIdentity,
  ) {
    runtime.fold.onTransaction((transaction) => this.note(transaction));
  }

  share(): Share {
    const since = this.runtime.now() - SEEN_FOR_MS;
    for (const [scheduler, at] of this.seenAt) if (at < since) this.seenAt.delete(scheduler);
    if (this.seenAt.size === 0) return WHOLE;
    const all = [...new Set([...this.seenAt.keys(), this.self.scheduler])].sort();
    return { at: all.indexOf(this.self.scheduler), of: all.length };
  }

  private note({ events }: CommittedTransaction): void {
    const [stored] = events;
    if (stored?.event.type !== 'TasksPlaced' || !stored.event.decision) return;
    this.seenAt.set(stored.event.decision.scheduler, stored.at);
  }
}
