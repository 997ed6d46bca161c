import type { ClusterName, EpochMs, InstanceId } from '@stowage/domain';

/** How long an instance may be away before it is given up, in milliseconds of a clock that never jumps. */
export interface LossTerms {
  /** Counted from its disconnection on. */
  readonly lossGraceMs: number;
  /** When more than this part of a cluster is away at once, it is rather the network, and nobody is given up. */
  readonly massShare: number;
}

/** The instances of one cluster that have not been given up. */
export interface Watched {
  readonly cluster: ClusterName;
  /** `awaySince` by the books' time of day: absent when the agent is there. */
  readonly instances: readonly { readonly id: InstanceId; readonly awaySince?: EpochMs }[];
}

export interface LossVerdict {
  /** Those that are to be given up now. */
  readonly due: readonly InstanceId[];
  /** Those that would be, if not too many had vanished with them. */
  readonly doubted: readonly InstanceId[];
}

/** However small a cluster is, one of its instances may be lost. */
const VANISHED_MIN = 1;

/**
 * Whose absence has lasted too long. What counts is how long this manager has listened in vain, so that one that was
 * deaf or has just begun gives up nobody; what was at once with what is told by the books, which remember longer.
 */
export class Losses {
  private readonly missedSince = new Map<InstanceId, number>();

  constructor(private readonly terms: LossTerms) {}

  heard(instance: InstanceId): void {
    this.missedSince.delete(instance);
  }

  /** We were deaf ourselves for a while: all graces begin anew. */
  restart(): void {
    this.missedSince.clear();
  }

  isDue(instance: InstanceId, now: number): boolean {
    const since = this.missedSince.get(instance);
    return since !== undefined && now - since >= this.terms.lossGraceMs;
  }

  judge(clusters: readonly Watched[], now: number): LossVerdict {
    this.listenTo(clusters, now);
    const verdicts = clusters.map((each) => this.judgeCluster(each, now));
    return { due: verdicts.flatMap(({ due }) => due), doubted: verdicts.flatMap(({ doubted }) => doubted) };
  }

  private judgeCluster({ instances }: Watched, now: number): LossVerdict {
    const vanishedMax = Math.max(VANISHED_MIN, Math.floor(instances.length * this.terms.massShare));
    const away = instances.flatMap(({ id, awaySince }) => (awaySince === undefined ? [] : [{ id, awaySince }]));
    const expired = away.filter(({ id }) => this.isDue(id, now));
    // Whoever vanished earlier by more than the grace was judged alone; whoever vanished later is in doubt with it.
    const isAtOnce = (one: EpochMs, other: EpochMs): boolean => other > one - this.terms.lossGraceMs;
    const isMass = ({ awaySince }: { readonly awaySince: EpochMs }): boolean =>
      away.length > vanishedMax && away.filter((other) => isAtOnce(awaySince, other.awaySince)).length > vanishedMax;
    return {
      due: expired.filter((each) => !isMass(each)).map(({ id }) => id),
      doubted: expired.filter(isMass).map(({ id }) => id),
    };
  }

  private listenTo(clusters: readonly Watched[], now: number): void {
    const away = new Set<InstanceId>();
    for (const { id, awaySince } of clusters.flatMap(({ instances }) => instances)) {
      if (awaySince !== undefined) away.add(id);
    }
    for (const id of this.missedSince.keys()) if (!away.has(id)) this.missedSince.delete(id);
    for (const id of away) if (!this.missedSince.has(id)) this.missedSince.set(id, now);
  }
}
