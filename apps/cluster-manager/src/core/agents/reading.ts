import { clientError, type Refusal } from '@stowage/domain';

/**
 * How words from outside become values: each function takes what JSON gave and throws a refusal that names the member
 * unless it is what it should be. An agent speaks for its own instance only, but what it says goes into the journal.
 */
export type Reader<Value> = (value: unknown, member: string) => Value;

export function malformed(member: string, wanted: string): Refusal {
  return clientError(`Malformed request: '${member}' must be ${wanted}.`);
}

/** An object's members, of which the caller reads those it knows. */
export const members: Reader<Readonly<Record<string, unknown>>> = (value, member) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(member, 'an object');
  return Object.fromEntries(Object.entries(value));
};

/** Text of at most `lengthMax` characters. */
export const text =
  (lengthMax: number): Reader<string> =>
  (value, member) => {
    if (typeof value !== 'string' || value.length > lengthMax) throw malformed(member, `text of at most ${lengthMax}`);
    return value;
  };

/** Text that is cut where it gets too long: a reason is worth having without its end. */
export const cutText =
  (lengthMax: number): Reader<string> =>
  (value, member) => {
    if (typeof value !== 'string') throw malformed(member, 'text');
    return value.slice(0, lengthMax);
  };

/** A whole number. */
export const integer =
  (min: number, max: number): Reader<number> =>
  (value, member) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw malformed(member, `a whole number from ${min} to ${max}`);
    }
    return value;
  };

export const flag: Reader<boolean> = (value, member) => {
  if (typeof value !== 'boolean') throw malformed(member, 'true or false');
  return value;
};

/** One of a few words. */
export const oneOf =
  <Word extends string>(words: readonly Word[]): Reader<Word> =>
  (value, member) => {
    const word = words.find((each) => each === value);
    if (word === undefined) throw malformed(member, `one of ${words.join(', ')}`);
    return word;
  };

/** A list of at most `lengthMax` items. */
export const list =
  <Item>(lengthMax: number, item: Reader<Item>): Reader<readonly Item[]> =>
  (value, member) => {
    if (!Array.isArray(value) || value.length > lengthMax) throw malformed(member, `a list of at most ${lengthMax}`);
    return value.map((each: unknown, at) => item(each, `${member}[${at}]`));
  };

/** `{name: value}` when the member is there, else nothing: made to be spread. */
export function optional<Name extends string, Value>(
  from: Readonly<Record<string, unknown>>,
  name: Name,
  reader: Reader<Value>,
): { readonly [Key in Name]?: Value } {
  const value = from[name];
  // A computed name widens to an index signature; the type is that of the one member it makes.
  return value === undefined || value === null ? {} : ({ [name]: reader(value, name) } as { [Key in Name]?: Value });
}
