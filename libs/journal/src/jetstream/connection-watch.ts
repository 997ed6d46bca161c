import { Events, type NatsConnection } from 'nats';

/** Tells when a connection was interrupted. One per connection: the client's own iterators can't be taken back. */
export class ConnectionWatch {
  private readonly listeners = new Set<(what: string) => void>();

  constructor(nats: NatsConnection) {
    void this.watch(nats);
  }

  /** Returns how to stop listening. */
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
