/**
 * Returns true if two JSON values are equal. The order of an object's members is ignored, and an absent member equals
 * undefined.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [definedMembers(a), definedMembers(b)];
  return (
    left.size === right.size && [...left].every(([name, value]) => right.has(name) && sameJson(value, right.get(name)))
  );
}

function definedMembers(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value).filter(([, member]) => member !== undefined));
}
