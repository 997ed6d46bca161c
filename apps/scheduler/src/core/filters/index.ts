import type { Candidate, PlacementRequest, Unfit } from '../placement-request';
import { agentFilter } from './agent';
import { attributesFilter } from './attributes';
import { distinctInstanceFilter } from './distinct-instance';
import type { Filter } from './filter';
import { launchTypeFilter } from './launch-type';
import { memberOfFilter } from './member-of';
import { resourcesFilter } from './resources';
import { statusFilter } from './status';

export type { Filter } from './filter';

/**
 * The filters in their order; only the first refusal is reported. Rules that only a change of the instance can cure
 * come first, because the instance would never accept the task. Rules that may pass with time come last.
 */
export const FILTERS: readonly Filter[] = [
  statusFilter,
  agentFilter,
  launchTypeFilter,
  attributesFilter,
  memberOfFilter,
  distinctInstanceFilter,
  resourcesFilter,
];

/** Returns why `candidate` cannot accept one more task of `request`, or undefined if it can. */
export function whyNot(request: PlacementRequest, candidate: Candidate): Unfit | undefined {
  return FILTERS.find((filter) => !filter.fits(request, candidate))?.explain(request, candidate);
}

/** Returns whether the candidate passes the rules that the index of instances has not already checked. */
export function fitsNow(request: PlacementRequest, candidate: Candidate): boolean {
  return (
    resourcesFilter.fits(request, candidate) &&
    distinctInstanceFilter.fits(request, candidate) &&
    memberOfFilter.fits(request, candidate)
  );
}

/** The refusal for an instance that is not in the cluster. */
export const MISSING: Unfit = {
  rule: 'status',
  reason: 'MISSING',
  asked: 'ACTIVE',
  there: 'not registered',
  curedBy: ['InstanceRegistered'],
};
