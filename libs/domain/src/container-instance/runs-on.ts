import type * as Ecs from '../ecs/shapes';
import { attributesByName } from './records/attributes-by-name';
import type { ContainerInstance } from './records/container-instance';

/** What ECS Anywhere puts on the instances that it registers. */
const EXTERNAL_CAPABILITY = 'ecs.capability.external';

/** As what a task runs on this instance. */
export function launchTypeOf(instance: Pick<ContainerInstance, 'attributes'>): 'EC2' | 'EXTERNAL' {
  return attributesByName(instance).has(EXTERNAL_CAPABILITY) ? 'EXTERNAL' : 'EC2';
}

/** The first of a definition's `requiresAttributes` that the instance lacks, or has with another value than is asked for. */
export function missingAttribute(
  required: readonly Ecs.Attribute[],
  instance: Pick<ContainerInstance, 'attributes'>,
): Ecs.Attribute | undefined {
  if (required.length === 0) return undefined;
  const has = attributesByName(instance);
  return required.find(({ name, value }) => !has.has(name) || (value !== undefined && has.get(name) !== value));
}
