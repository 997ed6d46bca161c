import type { InstanceAttribute } from '@stowage/domain';
import type { Candidate } from '../placement-request';
import type { Filter } from './filter';

/** The instance has everything that the definition's `requiresAttributes` names, with the value when it names one. */
export const attributesFilter: Filter = {
  name: 'attributes',
  whyNot: ({ requiredAttributes }, candidate) => {
    if (requiredAttributes.length === 0) return undefined;
    const has = attributesByName(candidate);
    for (const { name, value } of requiredAttributes) {
      if (!has.has(name) || (value !== undefined && has.get(name) !== value)) return 'ATTRIBUTE';
    }
    return undefined;
  },
};

// An instance has some forty attributes and they hardly ever change: each list is indexed once, as long as it lives.
const indexes = new WeakMap<readonly InstanceAttribute[], ReadonlyMap<string, string | undefined>>();

/** The attributes of an instance by name; of one without a value the value is undefined. */
export function attributesByName({ attributes }: Candidate): ReadonlyMap<string, string | undefined> {
  const known = indexes.get(attributes);
  if (known) return known;
  const index = new Map(attributes.map(({ name, value }) => [name, value]));
  indexes.set(attributes, index);
  return index;
}
