import type { Filter } from './filter';

/** Only ACTIVE instances get tasks. */
export const statusFilter: Filter = {
  fits: (_request, { instance }) => instance.status === 'ACTIVE',
  explain: (_request, { instance: { status } }) => ({
    rule: 'status',
    reason: status === 'DRAINING' ? 'DRAINING' : 'INACTIVE',
    asked: 'ACTIVE',
    there: status,
    curedBy: ['InstanceStatusChanged'],
  }),
};
