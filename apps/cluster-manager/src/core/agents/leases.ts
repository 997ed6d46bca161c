import type { ClusterName, InstanceId } from '@stowage/domain';

/** Limits of leases, in milliseconds of a monotonic clock. */
export interface LeaseTerms {
  /** Time without a heartbeat after which an agent is disconnected. */
  readonly leaseMs: number;
  /**
   * Share of a cluster's instances. If more of them are silent at once, the fault is probably on the manager's side.
   */
  readonly massShare: number;
  /** Number of instances that may be silent at once in every cluster, without regard to `massShare`. */
  readonly massMinimum: number;
  /** Time for which a mass silence is doubted, and the delay between the groups that then expire. */
  readonly massDoubtMs: number;
}

/** Connected instances of one cluster. */
export interface ConnectedInstances {
  readonly cluster: ClusterName;
  readonly instances: readonly InstanceId[];
}

/**
 * Time of the last heartbeat of each instance. The times are only in memory: a replica that starts gives every instance
 * a full lease.
 */
export class Leases {
  private readonly heartbeatAt = new Map<InstanceId, number>();
  private readonly doubtedSince = new Map<ClusterName, number>();

  constructor(
    private readonly terms: LeaseTerms,
    private restartedAt: number,
  ) {}

  renew(instance: InstanceId, now: number): void {
    this.heartbeatAt.set(instance, now);
  }

  /** Restarts every lease after this process was stalled or disconnected. */
  restart(now: number): void {
    this.restartedAt = now;
    this.doubtedSince.clear();
  }

  /** Returns false for an instance without a lease. */
  isExpired(instance: InstanceId, now: number): boolean {
    const heartbeatAt = this.heartbeatAt.get(instance);
    return heartbeatAt !== undefined && now - Math.max(heartbeatAt, this.restartedAt) >= this.terms.leaseMs;
  }

  /** Returns the instances to declare disconnected now. */
  expired(clusters: readonly ConnectedInstances[], now: number): readonly InstanceId[] {
    this.track(clusters, now);
    return clusters.flatMap((each) => this.expiredIn(each, now));
  }

  private expiredIn({ cluster, instances }: ConnectedInstances, now: number): readonly InstanceId[] {
    const silent = instances.filter((instance) => this.isExpired(instance, now));
    const slice = Math.max(this.terms.massMinimum, Math.floor(instances.length * this.terms.massShare));
    if (silent.length <= slice) {
      this.doubtedSince.delete(cluster);
      return silent;
    }
    const since = this.doubtedSince.get(cluster);
    if (since === undefined) this.doubtedSince.set(cluster, now);
    if (since === undefined || now - since < this.terms.massDoubtMs) return [];
    this.doubtedSince.set(cluster, now);
    return silent.slice(0, slice);
  }

  /**
   * A lease starts when the state has an instance as connected. Heartbeats of other instances are kept for one lease.
   */
  private track(clusters: readonly ConnectedInstances[], now: number): void {
    const tracked = new Set(clusters.flatMap(({ instances }) => instances));
    for (const instance of tracked) if (!this.heartbeatAt.has(instance)) this.heartbeatAt.set(instance, now);
    for (const instance of this.heartbeatAt.keys()) {
      if (!tracked.has(instance) && this.isExpired(instance, now)) this.heartbeatAt.delete(instance);
    }
  }
}
