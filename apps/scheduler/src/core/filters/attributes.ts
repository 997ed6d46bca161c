import { attributesByName, type Ecs, hasAttributes, missingAttributes } from '@stowage/domain';
import type { Filter } from './filter';

/** The instance has all attributes in `requiresAttributes` of the definition, with the value if one is required. */
export const attributesFilter: Filter = {
  fits: ({ requiredAttributes }, { instance }) => hasAttributes(requiredAttributes, instance),
  explain: ({ requiredAttributes }, { instance }) => {
    const missing = missingAttributes(requiredAttributes, instance);
    const has = attributesByName(instance);
    return {
      rule: 'attributes',
      reason: 'ATTRIBUTE',
      asked: missing.map(attributeText).join(', '),
      there: missing.flatMap(({ name }) => has.get(name) ?? []).join(', '),
      curedBy: ['InstanceAttributesSet', 'InstanceReregistered'],
    };
  },
};

const attributeText = ({ name, value }: Ecs.Attribute): string => (value === undefined ? name : `${name} == ${value}`);
