import { Injectable } from '@nestjs/common';
import type { InstanceId, JournalPosition } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import { hint } from '@stowage/runtime';
import { instanceWithNews } from '../../core/agents/work';
import { AgentLedgers } from './agent-ledgers';

/**
 * Keeps the position at which each instance's work list last changed, and sends its agent a hint at each change. Every
 * replica sends the hint.
 */
@Injectable()
export class News {
  private readonly changedAt = new Map<InstanceId, number>();
  private readonly stopListening: () => void;

  constructor(private readonly ledgers: AgentLedgers) {
    this.stopListening = ledgers.runtime.fold.onTransaction((transaction) => this.hintAt(transaction));
  }

  /**
   * Returns the position of the last change. If the work list has not changed since this replica started, it is the
   * newest position about the instance.
   */
  position(instance: InstanceId): JournalPosition {
    let changedAt = this.changedAt.get(instance);
    if (changedAt === undefined) {
      changedAt = this.ledgers.lastSequenceAbout(instance);
      // The position is kept, because each of the agent's own reports would otherwise look like a change.
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
