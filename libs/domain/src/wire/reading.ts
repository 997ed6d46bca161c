import { clientError, type Refusal } from '../refusal';

/**
 * Readers check a value from parsed JSON and return it with its type. A reader throws a `Refusal` that names the member
 * if the value does not have the expected form.
 */
export type Reader<Value> = (value: unknown, member: string) => Value;

/** Returns the error for a member that does not have the expected form. */
export function malformed(member: string, wanted: string): Refusal {
  return clientError(`Malformed message: '${member}' must be ${wanted}.`);
}

/** Returns the members of an object. Callers read the members that they expect and ignore the others. */
export const members: Reader<Readonly<Record<string, unknown>>> = (value, member) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(member, 'an object');
  return Object.fromEntries(Object.entries(value));
};

/** Reads text of at most `lengthMax` characters. */
export const text =
  (lengthMax: number): Reader<string> =>
  (value, member) => {
    if (typeof value !== 'string' || value.length > lengthMax) throw malformed(member, `text of at most ${lengthMax}`);
    return value;
  };

/** Reads text and cuts it at `lengthMax` characters: a shortened reason is better than none. */
export const cutText =
  (lengthMax: number): Reader<string> =>
  (value, member) => {
    if (typeof value !== 'string') throw malformed(member, 'text');
    return value.slice(0, lengthMax);
  };

/** Reads a whole number from `min` to `max`. */
export const integer =
  (min: number, max: number): Reader<number> =>
  (value, member) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw malformed(member, `a whole number from ${min} to ${max}`);
    }
    return value;
  };

/** Reads true or false. */
export const flag: Reader<boolean> = (value, member) => {
  if (typeof value !== 'boolean') throw malformed(member, 'true or false');
  return value;
};

/** Reads one of the given words. */
export const oneOf =
  <Word extends string>(words: readonly Word[]): Reader<Word> =>
  (value, member) => {
    const word = words.find((each) => each === value);
    if (word === undefined) throw malformed(member, `one of ${words.join(', ')}`);
    return word;
  };

/** Reads a list of at most `lengthMax` items. */
export const list =
  <Item>(lengthMax: number, item: Reader<Item>): Reader<readonly Item[]> =>
  (value, member) => {
    if (!Array.isArray(value) || value.length > lengthMax) throw malformed(member, `a list of at most ${lengthMax}`);
    return value.map((each: unknown, at) => item(each, `${member}[${at}]`));
  };

/** Returns `{name: value}` if the member is present and `{}` otherwise, for use with the spread syntax. */
export function optional<Name extends string, Value>(
  from: Readonly<Record<string, unknown>>,
  name: Name,
  reader: Reader<Value>,
): { readonly [Key in Name]?: Value } {
  const value = from[name];
  // A computed name would widen the type to an index signature, so the cast states the type of the one member.
  return value === undefined || value === null ? {} : ({ [name]: reader(value, name) } as { [Key in Name]?: Value });
}

/** Reads a member of `parent`, so that an error has the whole path of the member. */
export const under =
  <Value>(parent: string, reader: Reader<Value>): Reader<Value> =>
  (value, member) =>
    reader(value, `${parent}.${member}`);
