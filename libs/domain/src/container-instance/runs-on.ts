import type * as Ecs from '../ecs/shapes';
import { attributesByName } from './records/attributes-by-name';
import type { ContainerInstance } from './records/container-instance';

/** What ECS Anywhere puts on the instances that it registers. */
const EXTERNAL_CAPABILITY = 'ecs.capability.external';

/** As what a task runs on this instance. */
export function launchTypeOf(instance: Pick<ContainerInstance, 'attributes'>): 'EC2' | 'EXTERNAL' {
  return attributesByName(instance).has(EXTERNAL_CAPABILITY) ? 'EXTERNAL' : 'EC2';
}

/** Whether the instance has all of a definition's `requiresAttributes`, with the value where one is asked for. */
export function hasAttributes(
  required: readonly Ecs.Attribute[],
  instance: Pick<ContainerInstance, 'attributes'>,
): boolean {
  if (required.length === 0) return true;
  const has = attributesByName(instance);
  return required.every((attribute) => isMet(attribute, has));
}

/** Those of a definition's `requiresAttributes` that the instance lacks, or has with another value than is asked for. */
export function missingAttributes(
  required: readonly Ecs.Attribute[],
  instance: Pick<ContainerInstance, 'attributes'>,
): readonly Ecs.Attribute[] {
  const has = attributesByName(instance);
  return required.filter((attribute) => !isMet(attribute, has));
}

const isMet = ({ name, value }: Ecs.Attribute, has: ReturnType<typeof attributesByName>): boolean =>
  has.has(name) && (value === undefined || has.get(name) === value);
