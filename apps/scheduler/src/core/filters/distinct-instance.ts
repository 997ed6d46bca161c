import type { Filter } from './filter';

/** No other task of the group is on the instance. A task that is stopping still counts. */
export const distinctInstanceFilter: Filter = {
  fits: ({ distinctInstance, group }, { tasksOfGroups }) => !distinctInstance || !tasksOfGroups.has(group),
  explain: ({ group }, { tasksOfGroups }) => ({
    rule: 'distinct-instance',
    reason: 'DistinctInstance placement constraint unsatisfied.',
    asked: `no task of ${group}`,
    there: tasksOfGroups.get(group) ?? 0,
    curedBy: ['TaskStopped', 'TasksGivenUp'],
  }),
};
