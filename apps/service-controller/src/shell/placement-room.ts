import { type ClusterName, type CuringEvent, NEW_INSTANCES } from '@stowage/domain';

type Newest = Map<CuringEvent, number>;

/**
 * What happened in a cluster since when that may cure a refusal to place tasks. What happens within `delayMs` counts as one
 * occasion: a hundred tasks that stop wake the services that wait for such once.
 */
export class PlacementRoom {
  private readonly told = new Map<ClusterName, Newest>();
  private readonly coming = new Map<ClusterName, Newest>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly onRoom: (cluster: ClusterName) => void,
  ) {}

  /** Position of the newest occasion that was told and is one of these, or an instance that came; 0 when there was none. */
  at(cluster: ClusterName, curedBy: readonly CuringEvent[]): number {
    const newest = this.told.get(cluster);
    return Math.max(0, ...[...curedBy, ...NEW_INSTANCES].map((type) => newest?.get(type) ?? 0));
  }

  note(cluster: ClusterName, type: CuringEvent, sequence: number): void {
    const newest = this.coming.get(cluster) ?? new Map<CuringEvent, number>();
    this.coming.set(cluster, newest.set(type, sequence));
    this.timer ??= setTimeout(() => this.tell(), this.delayMs);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private tell(): void {
    this.timer = undefined;
    for (const [cluster, newest] of this.coming) {
      const before = this.told.get(cluster) ?? new Map<CuringEvent, number>();
      for (const [type, sequence] of newest) before.set(type, sequence);
      this.told.set(cluster, before);
      this.onRoom(cluster);
    }
    this.coming.clear();
  }
}
