import { Inject, Injectable } from '@nestjs/common';
import type { CommittedTransaction } from '@stowage/journal';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { type Share, WHOLE } from '../core/pick';
import { SCHEDULER_IDENTITY, type SchedulerIdentity } from './scheduler-identity';

/** A scheduler that has placed nothing for this long no longer takes a share. */
const SEEN_FOR_MS = 10_000;

/**
 * The other schedulers that currently place tasks, as the journal shows: each placement names its scheduler. Each
 * scheduler prefers its own share of the instances that a strategy ranks equal, so that schedulers rarely conflict.
 * This is only a preference: schedulers may disagree about the shares, and the journal guarantees correctness.
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
