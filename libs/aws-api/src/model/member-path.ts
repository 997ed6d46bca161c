/**
 * Returns the path of a member from the input's root: an index such as `tags[0]` in a list, a dot in a structure or
 * map.
 */
export function memberPath(above: string, member: string): string {
  return above === '' ? member : `${above}.${member}`;
}

/** Returns the path of an entry of a list. */
export function entryPath(above: string, at: number | string): string {
  return `${above}[${at}]`;
}
