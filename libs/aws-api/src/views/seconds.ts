import type { EpochMs } from '@stowage/domain';

/** Returns a time as in AWS JSON: seconds since the epoch, with milliseconds as the fraction. */
export function seconds(at: EpochMs): number {
  return at / 1000;
}

/** Returns `{ [name]: seconds }`, or an empty object if there is no time, because responses omit absent members. */
export function secondsMember<Name extends string>(
  name: Name,
  at: EpochMs | undefined,
): { readonly [key in Name]?: number } {
  // A computed key widens to string. This cast restores its type.
  return at === undefined ? {} : ({ [name]: seconds(at) } as { readonly [key in Name]?: number });
}
