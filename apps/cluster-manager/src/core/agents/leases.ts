import type { ClusterName, InstanceId } from '@stowage/domain';

/** How long silence means nothing, in milliseconds of a clock that never jumps. */
export interface LeaseTerms {
  /** An agent that was not heard for so long is disconnected. */
  readonly leaseMs: number;
  /** When more than this part of a cluster falls silent at once, it is rather we who hear nothing. */
  readonly massShare: number;
  /** So many may fall silent at once in any cluster, however small. */
  readonly massMinimum: number;
  /** How long a mass silence is doubted before it is believed, and then the time from one slice of it to the next. */
  readonly massDoubtMs: number;
}

/** Connected instances of one cluster. */
export interface Listened {
  readonly cluster: ClusterName;
  readonly instances: readonly InstanceId[];
}

/** Who was heard when. In memory only: a replica that starts begins by trusting everybody for one lease. */
export class Leases {
  private readonly heardAt = new Map<InstanceId, number>();
  private readonly doubtedSince = new Map<ClusterName, number>();

  constructor(
    private readonly terms: LeaseTerms,
    private restartedAt: number,
  ) {}

  heard(instance: InstanceId, now: number): void {
    this.heardAt.set(instance, now);
  }

  /** We were deaf ourselves for a while: all leases begin anew. */
  restart(now: number): void {
    this.restartedAt = now;
    this.doubtedSince.clear();
  }

  /** Of an instance that was never listened to nothing can be said. */
  isExpired(instance: InstanceId, now: number): boolean {
    const heardAt = this.heardAt.get(instance);
    return heardAt !== undefined && now - Math.max(heardAt, this.restartedAt) >= this.terms.leaseMs;
  }

  /** Which of these instances are to be declared disconnected now. */
  expired(clusters: readonly Listened[], now: number): readonly InstanceId[] {
    this.listenTo(clusters, now);
    return clusters.flatMap((each) => this.expiredIn(each, now));
  }

  private expiredIn({ cluster, instances }: Listened, now: number): readonly InstanceId[] {
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

  /** A lease begins when the books say that an instance is connected; of others only what is fresh is kept. */
  private listenTo(clusters: readonly Listened[], now: number): void {
    const listened = new Set(clusters.flatMap(({ instances }) => instances));
    for (const instance of listened) if (!this.heardAt.has(instance)) this.heardAt.set(instance, now);
    for (const instance of this.heardAt.keys()) {
      if (!listened.has(instance) && this.isExpired(instance, now)) this.heardAt.delete(instance);
    }
  }
}
