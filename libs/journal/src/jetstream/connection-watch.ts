import { Events, type NatsConnection } from 'nats';

/**
 * Notifies listeners when a connection was interrupted. There is one per connection, because the client's iterators
 * cannot be released.
 */
export class ConnectionWatch {
  private readonly listeners = new Set<(what: string) => void>();

  constructor(nats: NatsConnection) {
    void this.watch(nats);
  }

  /** Returns a function that removes the listener. */
  onInterruption(listener: (what: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Ends when the connection is closed. */
  private async watch(nats: NatsConnection): Promise<void> {
    for await (const { type } of nats.status()) {
      if (type !== Events.Disconnect && type !== Events.Reconnect) continue;
      for (const listener of [...this.listeners]) listener(type);
    }
  }
}
