import type { Filter } from './filter';

/** Every task of the group on an instance of its own. One that is still stopping is still there. */
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
