/** What Describe operations answer: what was found, in the order in which it was asked for, and what was not. */
export interface Found<Id, Item> {
  readonly items: readonly Item[];
  readonly missing: readonly Id[];
}

/** Sorts what was found by what was asked for; what was asked twice is answered once. */
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
