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
 * In this order, and the first refusal is the one that is told. What nothing but a change of the instance can cure comes
 * first (it would never take the task), what passes with time comes last.
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

/** Why `candidate` can't take one more task of `request`; `undefined` when it can. */
export function whyNot(request: PlacementRequest, candidate: Candidate): Unfit | undefined {
  return FILTERS.find((filter) => !filter.fits(request, candidate))?.explain(request, candidate);
}

/** Whether it fits, by the rules that an index of instances has not settled already. */
export function fitsNow(request: PlacementRequest, candidate: Candidate): boolean {
  return (
    resourcesFilter.fits(request, candidate) &&
    distinctInstanceFilter.fits(request, candidate) &&
    memberOfFilter.fits(request, candidate)
  );
}

/** Of an instance that is not in the cluster. */
export const MISSING: Unfit = {
  rule: 'status',
  reason: 'MISSING',
  asked: 'ACTIVE',
  there: 'not registered',
  curedBy: ['InstanceRegistered'],
};
