import type { EpochMs } from '@stowage/domain';

/** A time as AWS JSON writes it: seconds since the epoch, milliseconds as the fraction. */
export function seconds(at: EpochMs): number {
  return at / 1000;
}

/** `{ [name]: seconds }` when there is such a time, else nothing: absent members are left out of answers. */
export function secondsMember<Name extends string>(
  name: Name,
  at: EpochMs | undefined,
): { readonly [key in Name]?: number } {
  // A computed key widens to string; this is the one place that says which key it is.
  return at === undefined ? {} : ({ [name]: seconds(at) } as { readonly [key in Name]?: number });
}
