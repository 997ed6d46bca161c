import type { ContainerInstance, InstanceAttribute } from './container-instance';

// An instance has about forty attributes, which rarely change. Each list is indexed once, for the lifetime of the list.
const indexes = new WeakMap<readonly InstanceAttribute[], ReadonlyMap<string, string | undefined>>();

/** Returns the attributes of an instance by name. The value is undefined for an attribute without a value. */
export function attributesByName({
  attributes,
}: Pick<ContainerInstance, 'attributes'>): ReadonlyMap<string, string | undefined> {
  const known = indexes.get(attributes);
  if (known) return known;
  const index = new Map(attributes.map(({ name, value }) => [name, value]));
  indexes.set(attributes, index);
  return index;
}
