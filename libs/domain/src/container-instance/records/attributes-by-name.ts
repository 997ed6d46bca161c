import type { ContainerInstance, InstanceAttribute } from './container-instance';

// An instance has some forty attributes and they hardly ever change: each list is indexed once, as long as it lives.
const indexes = new WeakMap<readonly InstanceAttribute[], ReadonlyMap<string, string | undefined>>();

/** The attributes of an instance by name; of one without a value the value is undefined. */
export function attributesByName({
  attributes,
}: Pick<ContainerInstance, 'attributes'>): ReadonlyMap<string, string | undefined> {
  const known = indexes.get(attributes);
  if (known) return known;
  const index = new Map(attributes.map(({ name, value }) => [name, value]));
  indexes.set(attributes, index);
  return index;
}
