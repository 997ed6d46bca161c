import { attributesByName, type ContainerInstance } from '@stowage/domain';
import type { InstanceLaunchType } from '../placement-request';
import type { Filter } from './filter';

/** What ECS Anywhere puts on the instances that it registers. */
const EXTERNAL_CAPABILITY = 'ecs.capability.external';

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

/** As what a task runs on this instance. */
export function launchTypeOf(instance: ContainerInstance): InstanceLaunchType {
  return attributesByName(instance).has(EXTERNAL_CAPABILITY) ? 'EXTERNAL' : 'EC2';
}
