/**
 * Result of a Describe operation: the items that were found, in the order of the request, and the ids that were not
 * found.
 */
export interface Found<Id, Item> {
  readonly items: readonly Item[];
  readonly missing: readonly Id[];
}

/** Sorts the items in the order of the request. An id that was requested twice is returned once. */
export function inOrder<Id, Item>(asked: readonly Id[], found: ReadonlyMap<Id, Item>): Found<Id, Item> {
  const items: Item[] = [];
  const missing: Id[] = [];
  for (const id of new Set(asked)) {
    const item = found.get(id);
    if (item === undefined) missing.push(id);
    else items.push(item);
  }
  return { items, missing };
}
