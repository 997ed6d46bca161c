import { attributesByName, type ContainerInstance, type Ecs } from '@stowage/domain';
import type { Filter } from './filter';

/** The instance has everything that the definition's `requiresAttributes` names, with the value when it names one. */
export const attributesFilter: Filter = {
  fits: ({ requiredAttributes }, { instance }) => !firstMissing(requiredAttributes, instance),
  explain: ({ requiredAttributes }, { instance }) => {
    const missing = firstMissing(requiredAttributes, instance);
    return {
      rule: 'attributes',
      reason: 'ATTRIBUTE',
      asked: missing ? told(missing) : '',
      there: (missing && attributesByName(instance).get(missing.name)) ?? '',
      curedBy: ['InstanceAttributesSet', 'InstanceReregistered'],
    };
  },
};

function firstMissing(required: readonly Ecs.Attribute[], instance: ContainerInstance): Ecs.Attribute | undefined {
  if (required.length === 0) return undefined;
  const has = attributesByName(instance);
  return required.find(({ name, value }) => !has.has(name) || (value !== undefined && has.get(name) !== value));
}

const told = ({ name, value }: Ecs.Attribute): string => (value === undefined ? name : `${name} == ${value}`);
