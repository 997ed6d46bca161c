import { type InstanceId, invariant, plus, type Random, type ReadonlyClusterState } from '@stowage/domain';
import { whyNot } from './filters';
import { randomOrderer } from './orderers/random';
import type { Orderer } from './orderers/orderer';
import type { Candidate, InstanceRefusal, PlacementRequest } from './placement-request';

/** The instances to choose from, and those whose ledger this process is writing to right now. */
export interface PlacementView {
  readonly instances: readonly Candidate[];
  /**
   * A decision about a busy instance would be about a state that is already gone, so it gets no further task until the
   * write is in the fold.
   */
  readonly busy: ReadonlySet<InstanceId>;
}

/** What came of a request: where its tasks go and, when not all found a place, why each instance can't take one more. */
export type Plan =
  | {
      readonly kind: 'decided';
      /** One per placed task, at most as many as asked for. */
      readonly chosen: readonly Candidate[];
      readonly refusals: readonly InstanceRefusal[];
    }
  /** A busy instance may be the answer: decide again when it is free. */
  | { readonly kind: 'wait' };

/** The ACTIVE instances of the request's cluster. */
export function candidatesOf(state: ReadonlyClusterState, { cluster }: PlacementRequest): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const id of state.instancesOf(cluster)) {
    const instance = state.instances.get(id);
    if (instance?.status === 'ACTIVE') candidates.push(instance);
  }
  return candidates;
}

/**
 * Chooses an instance for each task, one after the other: the first in the orderer's order that no filter refuses. The
 * same view, request and seed give the same plan.
 */
export function place(request: PlacementRequest, view: PlacementView, random: Random): Plan {
  const candidates = [...view.instances];
  const orderer = randomOrderer(random);
  const chosen: Candidate[] = [];
  while (chosen.length < request.count) {
    const at = firstThatFits(request, { candidates, busy: view.busy, orderer });
    if (at === undefined) break;
    const candidate = candidates[at];
    invariant(candidate, 'An orderer names candidates.');
    chosen.push(candidate);
    candidates[at] = { ...candidate, used: plus(candidate.used, request.resources) };
  }
  if (chosen.length === request.count) return { kind: 'decided', chosen, refusals: [] };
  return view.busy.size > 0 && candidates.some((each) => view.busy.has(each.id) && !whyNot(request, each))
    ? { kind: 'wait' }
    : { kind: 'decided', chosen, refusals: refusalsOf(request, candidates) };
}

interface Choice {
  readonly candidates: readonly Candidate[];
  readonly busy: ReadonlySet<InstanceId>;
  readonly orderer: Orderer;
}

function firstThatFits(request: PlacementRequest, { candidates, busy, orderer }: Choice): number | undefined {
  for (const at of orderer.order(candidates)) {
    const candidate = candidates[at];
    if (candidate && !busy.has(candidate.id) && !whyNot(request, candidate)) return at;
  }
  return undefined;
}

function refusalsOf(request: PlacementRequest, candidates: readonly Candidate[]): readonly InstanceRefusal[] {
  return candidates.map((candidate) => {
    const reason = whyNot(request, candidate);
    invariant(reason, 'A task without a place is refused by every instance.');
    return { instance: candidate.id, reason };
  });
}
