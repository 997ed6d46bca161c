import type { ClusterName, EpochMs, InstanceId } from '@stowage/domain';

/** Limits of losses, in milliseconds of a monotonic clock. */
export interface LossTerms {
  /** Time after its disconnection after which an instance is lost. */
  readonly lossGraceMs: number;
  /**
   * Share of a cluster's instances. If more of them are disconnected at once, the fault is probably in the network, and
   * no instance is declared lost.
   */
  readonly massShare: number;
}

/** The instances of one cluster that are not lost. */
export interface Watched {
  readonly cluster: ClusterName;
  /** `awaySince` is a wall-clock time of the state; absent if the agent is connected. */
  readonly instances: readonly { readonly id: InstanceId; readonly awaySince?: EpochMs }[];
}

export interface LossVerdict {
  /** Instances to declare lost now. */
  readonly due: readonly InstanceId[];
  /** Instances that would be lost if not too many had disconnected with them. */
  readonly doubted: readonly InstanceId[];
}

/** Number of instances that may be lost at once in a cluster of any size. */
const VANISHED_MIN = 1;

/**
 * Decides which instances have been disconnected for too long. The duration is the time for which this manager itself
 * got no heartbeat, so that a manager that was stalled or has just started declares no loss. The times in the state,
 * which outlive a manager, show which instances disconnected together.
 */
export class Losses {
  private readonly missedSince = new Map<InstanceId, number>();

  constructor(private readonly terms: LossTerms) {}

  clear(instance: InstanceId): void {
    this.missedSince.delete(instance);
  }

  /** Restarts every grace period after this process was stalled or disconnected. */
  restart(): void {
    this.missedSince.clear();
  }

  isDue(instance: InstanceId, now: number): boolean {
    const since = this.missedSince.get(instance);
    return since !== undefined && now - since >= this.terms.lossGraceMs;
  }

  judge(clusters: readonly Watched[], now: number): LossVerdict {
    this.track(clusters, now);
    const verdicts = clusters.map((each) => this.judgeCluster(each, now));
    return { due: verdicts.flatMap(({ due }) => due), doubted: verdicts.flatMap(({ doubted }) => doubted) };
  }

  private judgeCluster({ instances }: Watched, now: number): LossVerdict {
    const vanishedMax = Math.max(VANISHED_MIN, Math.floor(instances.length * this.terms.massShare));
    const away = instances.flatMap(({ id, awaySince }) => (awaySince === undefined ? [] : [{ id, awaySince }]));
    const expired = away.filter(({ id }) => this.isDue(id, now));
    // Instances that disconnected more than the grace period earlier were decided on their own; later ones share the
    // doubt.
    const isAtOnce = (one: EpochMs, other: EpochMs): boolean => other > one - this.terms.lossGraceMs;
    const isMass = ({ awaySince }: { readonly awaySince: EpochMs }): boolean =>
      away.length > vanishedMax && away.filter((other) => isAtOnce(awaySince, other.awaySince)).length > vanishedMax;
    return {
      due: expired.filter((each) => !isMass(each)).map(({ id }) => id),
      doubted: expired.filter(isMass).map(({ id }) => id),
    };
  }

  private track(clusters: readonly Watched[], now: number): void {
    const away = new Set<InstanceId>();
    for (const { id, awaySince } of clusters.flatMap(({ instances }) => instances)) {
      if (awaySince !== undefined) away.add(id);
    }
    for (const id of this.missedSince.keys()) if (!away.has(id)) this.missedSince.delete(id);
    for (const id of away) if (!this.missedSince.has(id)) this.missedSince.set(id, now);
  }
}
