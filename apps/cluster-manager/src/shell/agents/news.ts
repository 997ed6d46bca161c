import { Injectable } from '@nestjs/common';
import type { InstanceId, JournalPosition } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import { hint } from '@stowage/runtime';
import { instanceWithNews } from '../../core/agents/work';
import { AgentLedgers } from './agent-ledgers';

/** Where each instance's work last changed, and a hint to its agent whenever it does. Every replica gives it. */
@Injectable()
export class News {
  private readonly changedAt = new Map<InstanceId, number>();
  private readonly stopListening: () => void;

  constructor(private readonly ledgers: AgentLedgers) {
    this.stopListening = ledgers.runtime.fold.onTransaction((transaction) => this.hintAt(transaction));
  }

  /** Of an instance whose work has not changed since this replica began, the newest that the books say of it. */
  position(instance: InstanceId): JournalPosition {
    let changedAt = this.changedAt.get(instance);
    if (changedAt === undefined) {
      changedAt = this.ledgers.lastSequenceAbout(instance);
      // Once: or else each of the agent's own reports would look like news.
      if (changedAt > 0) this.changedAt.set(instance, changedAt);
    }
    return this.ledgers.at(changedAt);
  }

  stop(): void {
    this.stopListening();
  }

  private hintAt({ events, sequence }: CommittedTransaction): void {
    for (const { event } of events) {
      if (event.type === 'InstanceDeregistered') this.changedAt.delete(event.instance);
      const instance = instanceWithNews(event);
      if (instance === undefined) continue;
      this.changedAt.set(instance, sequence);
      hint(this.ledgers.runtime.nats, instance, { position: this.ledgers.at(sequence) });
    }
  }
}
