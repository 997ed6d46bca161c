import { lacking } from '@stowage/domain';
import type { Filter } from './filter';

/** Beside what is placed there and not STOPPED, the task still fits: the books' first invariant. */
export const resourcesFilter: Filter = {
  name: 'resources',
  whyNot: ({ resources }, { used, registered }) => {
    const resource = lacking(resources, used, registered);
    return resource && `RESOURCE:${resource}`;
  },
};
