import type { ClusterName } from '@stowage/domain';

/**
 * Since when there may be room in a cluster. What happens within `delayMs` counts as one occasion: a hundred tasks that
 * stop wake the services that wait for room once.
 */
export class PlacementRoom {
  private readonly since = new Map<ClusterName, number>();
  private readonly coming = new Map<ClusterName, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly onRoom: (cluster: ClusterName) => void,
  ) {}

  /** Position of the newest occasion that was told; 0 when there was none. */
  at(cluster: ClusterName): number {
    return this.since.get(cluster) ?? 0;
  }

  note(cluster: ClusterName, sequence: number): void {
    this.coming.set(cluster, sequence);
    this.timer ??= setTimeout(() => this.tell(), this.delayMs);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private tell(): void {
    this.timer = undefined;
    for (const [cluster, sequence] of this.coming) {
      this.since.set(cluster, sequence);
      this.onRoom(cluster);
    }
    this.coming.clear();
  }
}
