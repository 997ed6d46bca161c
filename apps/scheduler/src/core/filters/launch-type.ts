import type { Candidate, InstanceLaunchType } from '../placement-request';
import { attributesByName } from './attributes';
import type { Filter } from './filter';

/** What ECS Anywhere puts on the instances that it registers. */
const EXTERNAL_CAPABILITY = 'ecs.capability.external';

/** EXTERNAL tasks run on external instances, EC2 tasks on all the others. */
export const launchTypeFilter: Filter = {
  name: 'launch-type',
  whyNot: ({ launchType }, candidate) => (launchTypeOf(candidate) === launchType ? undefined : 'ATTRIBUTE'),
};

/** As what a task runs on this instance. */
export function launchTypeOf(candidate: Candidate): InstanceLaunchType {
  return attributesByName(candidate).has(EXTERNAL_CAPABILITY) ? 'EXTERNAL' : 'EC2';
}
