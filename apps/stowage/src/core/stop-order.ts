/** A process stops before those that it calls: agents, then the services, then NATS and Postgres. */
const ORDER: readonly RegExp[] = [/^agent-/, /^control-plane$/, /^/];

/** Returns the processes in groups. A group stops before the next one, and the members of a group stop concurrently. */
export function inStopOrder<Named extends { readonly name: string }>(
  processes: readonly Named[],
): readonly (readonly Named[])[] {
  const rank = ({ name }: Named): number => ORDER.findIndex((pattern) => pattern.test(name));
  return ORDER.map((_, at) => processes.filter((one) => rank(one) === at));
}
