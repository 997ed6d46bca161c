import { Injectable } from '@nestjs/common';
import type { TaskId } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import { decideDrained, isDraining } from '../../core/agents/decide-drained';
import { AgentLedgers } from './agent-ledgers';
import { AgentSideConfig } from './config';

/** Number of tasks in one transaction. */
const TASKS_MAX = 100;

/** Stops tasks whose connections have ended. Any number of managers may do so; the first one records it. */
@Injectable()
export class Drains {
  private readonly waiting = new Set<TaskId>();
  private readonly stopListening: () => void;
  private timer: NodeJS.Timeout | undefined;
  private reconciling = false;

  constructor(
    private readonly ledgers: AgentLedgers,
    private readonly config: AgentSideConfig,
  ) {
    // The constructor does not yield, so that no event is missed between the state and the subscription.
    for (const task of ledgers.state.tasks.values()) if (isDraining(task)) this.waiting.add(task.id);
    this.stopListening = ledgers.runtime.fold.onTransaction((transaction) => this.handle(transaction));
  }

  start(): void {
    this.timer = setInterval(() => void this.reconcile(), this.config.drainCheckMs);
    void this.reconcile();
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopListening();
  }

  private handle({ events }: CommittedTransaction): void {
    for (const { event } of events) if (event.type === 'TaskStopRequested' && event.drain) this.waiting.add(event.task);
    const mayEnd = events.some(({ event }) => event.type === 'TaskStopRequested' || 'targetGroup' in event);
    if (mayEnd && this.waiting.size > 0) void this.reconcile();
  }

  private async reconcile(): Promise<void> {
    if (this.reconciling) return;
    this.reconciling = true;
    try {
      while (this.due().length > 0) await this.ledgers.write('targets drained', () => this.due());
    } catch (error) {
      this.ledgers.runtime.logger.warn({ err: error }, 'Failed to record drained tasks; will retry.');
    } finally {
      this.reconciling = false;
    }
  }

  private due(): ReturnType<typeof decideDrained> {
    const { state, runtime } = this.ledgers;
    for (const id of this.waiting) {
      const task = state.tasks.get(id);
      if (!task || !isDraining(task)) this.waiting.delete(id);
    }
    const slackMs = this.config.drainSlackMs;
    return decideDrained(state, [...this.waiting], { now: runtime.now(), slackMs }).slice(0, TASKS_MAX);
  }
}
