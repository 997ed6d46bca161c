import type { DomainEvent, TaskId } from '@stowage/domain';
import type { CommittedTransaction, Journal } from '@stowage/journal';

type Status = 'RUNNING' | 'STOPPED';

/** Follows the progress of tasks in the journal and keeps the written transactions. */
export class LifeWatch {
  /** The reader of this list empties it. */
  readonly transactions: CommittedTransaction[] = [];
  connected = 0;
  private readonly stop = new AbortController();
  /** Contains whichever comes first: the event or its waiting caller. */
  private readonly seen = new Map<string, number>();
  private readonly waiting = new Map<string, (sequence: number) => void>();

  constructor(private readonly journal: Journal) {
    void this.follow();
  }

  /** Resolves with the event's sequence. */
  until(task: TaskId, status: Status): Promise<number> {
    const key = `${task} ${status}`;
    const sequence = this.seen.get(key);
    if (sequence === undefined) return new Promise((resolve) => this.waiting.set(key, resolve));
    this.seen.delete(key);
    return Promise.resolve(sequence);
  }

  close(): void {
    this.stop.abort();
  }

  private async follow(): Promise<void> {
    for await (const transaction of this.journal.follow(0, this.stop.signal)) {
      this.transactions.push(transaction);
      for (const { event, sequence } of transaction.events) this.note(event, sequence);
    }
  }

  private note(event: DomainEvent, sequence: number): void {
    if (event.type === 'TaskStopped') this.reached(`${event.task} STOPPED`, sequence);
    else if (event.type === 'TaskProgressed' && event.lastStatus === 'RUNNING')
      this.reached(`${event.task} RUNNING`, sequence);
    else if (event.type === 'InstanceConnectionChanged') this.connected += event.connected ? 1 : -1;
  }

  private reached(key: string, sequence: number): void {
    const waiting = this.waiting.get(key);
    if (!waiting) {
      this.seen.set(key, sequence);
      return;
    }
    this.waiting.delete(key);
    waiting(sequence);
  }
}
