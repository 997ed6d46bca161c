/** The members of a shape, each of which a test may set to undefined in order to leave it out. */
export type Overrides<Shape> = { readonly [Member in keyof Shape]?: Shape[Member] | undefined };

/** Returns `base` with `overrides`. A member that is undefined in `overrides` is left out. */
export function withOverrides<Shape extends object>(base: Shape, overrides: Overrides<Shape>): Shape {
  const merged: object = { ...base, ...overrides };
  const members = Object.entries(merged).filter(([, value]) => value !== undefined);
  // The cast of a test helper: the members are those of the shape, without undefined.
  return Object.fromEntries(members) as Shape;
}
