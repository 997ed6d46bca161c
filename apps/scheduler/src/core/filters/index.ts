import type { Candidate, PlacementRequest, RefusalReason } from '../placement-request';
import { agentFilter } from './agent';
import { attributesFilter } from './attributes';
import type { Filter } from './filter';
import { launchTypeFilter } from './launch-type';
import { resourcesFilter } from './resources';

export type { Filter } from './filter';

/**
 * In this order, and the first refusal is the one that is told. What nothing but a change of the instance can cure comes
 * first (it would never take the task), what passes with time comes last.
 */
export const FILTERS: readonly Filter[] = [agentFilter, launchTypeFilter, attributesFilter, resourcesFilter];

/** Why `candidate` can't take one more task of `request`; `undefined` when it can. */
export function whyNot(request: PlacementRequest, candidate: Candidate): RefusalReason | undefined {
  for (const filter of FILTERS) {
    const reason = filter.whyNot(request, candidate);
    if (reason) return reason;
  }
  return undefined;
}
