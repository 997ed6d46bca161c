import type { ClusterQuery, CuringEvent } from '@stowage/domain';
import type { Candidate, PlacementRequest } from '../placement-request';
import type { Filter } from './filter';

const CURED_BY: readonly CuringEvent[] = ['InstanceAttributesSet', 'InstanceReregistered', 'InstanceConnectionChanged'];
/** The state from which `task:group` and `runningTasksCount` follow. */
const CURED_BY_TASKS: readonly CuringEvent[] = ['TasksPlaced', 'TaskProgressed', 'TaskStopped', 'TasksGivenUp'];

/** Every `memberOf` expression of the request and of the definition matches the instance. */
export const memberOfFilter: Filter = {
  fits: (request, candidate) => !firstUnmatched(request, candidate),
  explain: (request, candidate) => {
    const query = firstUnmatched(request, candidate);
    return {
      rule: 'member-of',
      reason: 'MemberOf placement constraint unsatisfied.',
      asked: query?.expression ?? '',
      there: '',
      curedBy: query?.isStatic === false ? [...CURED_BY, ...CURED_BY_TASKS] : CURED_BY,
    };
  },
};

/** Returns whether one expression matches. */
export function isMember(query: ClusterQuery, { instance, tasksOfGroups }: Candidate): boolean {
  return query.matches({ instance, groups: () => tasksOfGroups.keys() });
}

function firstUnmatched({ memberOf }: PlacementRequest, candidate: Candidate): ClusterQuery | undefined {
  return memberOf.length === 0 ? undefined : memberOf.find((query) => !isMember(query, candidate));
}
