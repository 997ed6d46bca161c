import { launchTypeOf } from '@stowage/domain';
import type { Filter } from './filter';

/** EXTERNAL tasks run on external instances, EC2 tasks on all the others. */
export const launchTypeFilter: Filter = {
  fits: ({ launchType }, { instance }) => launchTypeOf(instance) === launchType,
  explain: ({ launchType }, { instance }) => ({
    rule: 'launch-type',
    reason: 'ATTRIBUTE',
    asked: launchType,
    there: launchTypeOf(instance),
    curedBy: ['InstanceReregistered'],
  }),
};
