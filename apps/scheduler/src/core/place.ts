import { type InstanceId, invariant, plus, type Random, type ReadonlyClusterState } from '@stowage/domain';
import { whyNot } from './filters';
import type { Orderer } from './orderers/orderer';
import { randomOrderer } from './orderers/random';
import type { Candidate, InstanceRefusal, PlacementRequest } from './placement-request';

/** What a plan is made from. */
export interface PlacementView {
  readonly state: Pick<ReadonlyClusterState, 'instances' | 'instancesOf'>;
  /**
   * Instances of the cluster whose ledger this process is writing to right now. A decision about one would be about a state that is
   * already gone, so it gets no further task until the write is in the fold.
   */
  readonly busy: ReadonlySet<InstanceId>;
}

/** What came of a request: where its tasks go and, when not all found a place, why each instance can't take one more. */
export type Plan =
  | {
      readonly kind: 'decided';
      /** One per placed task, at most as many as asked for. */
      readonly chosen: readonly Candidate[];
      /** One per ACTIVE instance; none when all tasks found a place. */
      readonly refusals: readonly InstanceRefusal[];
    }
  /** A busy instance may be the answer: decide again when it is free. */
  | { readonly kind: 'wait' };

/**
 * Chooses an instance for each task, one after the other: the first in the orderer's order that no filter refuses. The
 * same view, request and seed give the same plan.
 */
export function place(
  request: PlacementRequest,
  view: PlacementView,
  random: Random,
  orderer: Orderer = randomOrderer(random),
): Plan {
  const round = new PlacementRound(request, view);
  const chosen: Candidate[] = [];
  while (chosen.length < request.count) {
    const candidate = round.first(orderer.order(round.instances));
    if (!candidate) break;
    chosen.push(candidate);
    round.take(candidate);
    orderer.taken?.(candidate.id);
  }
  if (chosen.length === request.count) return { kind: 'decided', chosen, refusals: [] };
  return round.couldWait() ? { kind: 'wait' } : { kind: 'decided', chosen, refusals: round.refusals() };
}

/** The cluster's instances while one request is placed. Their records are looked up as they are asked, not before. */
class PlacementRound {
  readonly instances: InstanceId[];
  /** Those that got a task of this request, with it in `used`. */
  private readonly taken = new Map<InstanceId, Candidate>();
  private refused: InstanceRefusal[] = [];

  constructor(
    private readonly request: PlacementRequest,
    private readonly view: PlacementView,
  ) {
    this.instances = [...view.state.instancesOf(request.cluster)];
  }

  /** The first that takes one more task. Remembers why those before it do not. */
  first(order: Iterable<InstanceId>): Candidate | undefined {
    this.refused = [];
    for (const instance of order) {
      const candidate = this.candidate(instance);
      if (!candidate || this.view.busy.has(instance)) continue;
      const reason = whyNot(this.request, candidate);
      if (!reason) return candidate;
      this.refused.push({ instance, reason });
    }
    return undefined;
  }

  take(candidate: Candidate): void {
    this.taken.set(candidate.id, { ...candidate, used: plus(candidate.used, this.request.resources) });
  }

  /** Whether a task that found no place may find one on a busy instance. */
  couldWait(): boolean {
    return this.busyCandidates().some((candidate) => !whyNot(this.request, candidate));
  }

  refusals(): readonly InstanceRefusal[] {
    const busy = this.busyCandidates().map((candidate) => {
      const reason = whyNot(this.request, candidate);
      invariant(reason, 'A task without a place is refused by every instance.');
      return { instance: candidate.id, reason };
    });
    return [...this.refused, ...busy];
  }

  private busyCandidates(): readonly Candidate[] {
    const candidates = [...this.view.busy].map((instance) => this.candidate(instance));
    return candidates.filter((candidate) => candidate !== undefined);
  }

  private candidate(instance: InstanceId): Candidate | undefined {
    const candidate = this.taken.get(instance) ?? this.view.state.instances.get(instance);
    return candidate?.status === 'ACTIVE' ? candidate : undefined;
  }
}
