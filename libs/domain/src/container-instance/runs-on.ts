import type * as Ecs from '../ecs/shapes';
import { attributesByName } from './records/attributes-by-name';
import type { ContainerInstance } from './records/container-instance';

/** The attribute that ECS Anywhere sets on the instances that it registers. */
const EXTERNAL_CAPABILITY = 'ecs.capability.external';

/** Returns the launch type that a task has on this instance. */
export function launchTypeOf(instance: Pick<ContainerInstance, 'attributes'>): 'EC2' | 'EXTERNAL' {
  return attributesByName(instance).has(EXTERNAL_CAPABILITY) ? 'EXTERNAL' : 'EC2';
}

/**
 * Returns true if the instance has all of a definition's `requiresAttributes`, with equal values where the definition
 * gives one.
 */
export function hasAttributes(
  required: readonly Ecs.Attribute[],
  instance: Pick<ContainerInstance, 'attributes'>,
): boolean {
  if (required.length === 0) return true;
  const has = attributesByName(instance);
  return required.every((attribute) => isMet(attribute, has));
}

/** Returns the entries of a definition's `requiresAttributes` that the instance lacks or has with a different value. */
export function missingAttributes(
  required: readonly Ecs.Attribute[],
  instance: Pick<ContainerInstance, 'attributes'>,
): readonly Ecs.Attribute[] {
  const has = attributesByName(instance);
  return required.filter((attribute) => !isMet(attribute, has));
}

const isMet = ({ name, value }: Ecs.Attribute, has: ReturnType<typeof attributesByName>): boolean =>
  has.has(name) && (value === undefined || has.get(name) === value);
