import { attributesByName, type Ecs, missingAttribute } from '@stowage/domain';
import type { Filter } from './filter';

/** The instance has everything that the definition's `requiresAttributes` names, with the value when it names one. */
export const attributesFilter: Filter = {
  fits: ({ requiredAttributes }, { instance }) => !missingAttribute(requiredAttributes, instance),
  explain: ({ requiredAttributes }, { instance }) => {
    const missing = missingAttribute(requiredAttributes, instance);
    return {
      rule: 'attributes',
      reason: 'ATTRIBUTE',
      asked: missing ? told(missing) : '',
      there: (missing && attributesByName(instance).get(missing.name)) ?? '',
      curedBy: ['InstanceAttributesSet', 'InstanceReregistered'],
    };
  },
};

const told = ({ name, value }: Ecs.Attribute): string => (value === undefined ? name : `${name} == ${value}`);
