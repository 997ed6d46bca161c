/** Where a member is, from the input's root: below a list `tags[0]`, below a structure or map a dot. */
export function memberPath(above: string, member: string): string {
  return above === '' ? member : `${above}.${member}`;
}

/** Where an entry of a list is. */
export function entryPath(above: string, at: number | string): string {
  return `${above}[${at}]`;
}
