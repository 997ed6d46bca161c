import type { Filter } from './filter';

/** The instance is ACTIVE. */
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
