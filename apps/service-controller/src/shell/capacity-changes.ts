import { type ClusterName, type CuringEvent, NEW_INSTANCES } from '@stowage/domain';

type Newest = Map<CuringEvent, number>;

/**
 * Positions of the newest events in a cluster that may cure a rejected placement. Events are published in batches: all
 * events within `delayMs` wake the waiting services once.
 */
export class CapacityChanges {
  private readonly published = new Map<ClusterName, Newest>();
  private readonly pending = new Map<ClusterName, Newest>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly onChange: (cluster: ClusterName) => void,
  ) {}

  /** Returns the position of the newest published event of these types or of a new instance, or 0 if there is none. */
  positionOf(cluster: ClusterName, curedBy: readonly CuringEvent[]): number {
    const newest = this.published.get(cluster);
    return Math.max(0, ...[...curedBy, ...NEW_INSTANCES].map((type) => newest?.get(type) ?? 0));
  }

  add(cluster: ClusterName, type: CuringEvent, sequence: number): void {
    const newest = this.pending.get(cluster) ?? new Map<CuringEvent, number>();
    this.pending.set(cluster, newest.set(type, sequence));
    this.timer ??= setTimeout(() => this.publish(), this.delayMs);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private publish(): void {
    this.timer = undefined;
    for (const [cluster, newest] of this.pending) {
      const before = this.published.get(cluster) ?? new Map<CuringEvent, number>();
      for (const [type, sequence] of newest) before.set(type, sequence);
      this.published.set(cluster, before);
      this.onChange(cluster);
    }
    this.pending.clear();
  }
}
