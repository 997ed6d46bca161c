import { attributesByName, type Ecs, missingAttribute } from '@stowage/domain';
import type { Filter } from './filter';

/** The instance has all attributes in `requiresAttributes` of the definition, with the value if one is required. */
export const attributesFilter: Filter = {
  fits: ({ requiredAttributes }, { instance }) => !missingAttribute(requiredAttributes, instance),
  explain: ({ requiredAttributes }, { instance }) => {
    const missing = missingAttribute(requiredAttributes, instance);
    return {
      rule: 'attributes',
      reason: 'ATTRIBUTE',
      asked: missing ? attributeText(missing) : '',
      there: (missing && attributesByName(instance).get(missing.name)) ?? '',
      curedBy: ['InstanceAttributesSet', 'InstanceReregistered'],
    };
  },
};

const attributeText = ({ name, value }: Ecs.Attribute): string => (value === undefined ? name : `${name} == ${value}`);
