/** Who speaks with others ends before those: agents, then the services, then what they stand on. */
const ORDER: readonly RegExp[] = [/^agent-/, /^control-plane$/, /^/];

/** The processes in groups: each is to be ended before the next, its members at once. */
export function inEndOrder<Named extends { readonly name: string }>(
  processes: readonly Named[],
): readonly (readonly Named[])[] {
  const rank = ({ name }: Named): number => ORDER.findIndex((pattern) => pattern.test(name));
  return ORDER.map((_, at) => processes.filter((one) => rank(one) === at));
}
