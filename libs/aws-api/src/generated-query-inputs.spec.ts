import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { placesIn, QUERY_MAPS, queryOf, wholeQueryInput, withValueAt } from '../../../test/support/api-model';
import { ApiError } from './errors';
import { ELBV2_OPERATIONS } from './generated/elbv2-operations';
import { ELBV2_OUTPUTS } from './generated/elbv2-outputs';
import { decodeQuery } from './protocol/query-parameters';
import { checkInput } from './validation/check-input';

const SUPPORTED = ELBV2_OPERATIONS.filter((operation) => operation.owner !== undefined);

/** Texts that are no value of a type. A text is never wrong for a string, nor alone for a structure. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  integer: ['x', '1.5', ''],
  long: ['x', '1.5', ''],
  boolean: ['yes', '1', ''],
  list: ['x'],
};

type Path = readonly (string | number)[];

const spelled = (path: Path): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${step}`))
    .join('')
    .slice(1);

describe.each(SUPPORTED.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
  const take = (input: unknown): object => {
    const decoded = decodeQuery(operation.input, queryOf(input));
    checkInput(operation, decoded);
    return decoded;
  };
  const refusal = (input: unknown): ApiError => {
    try {
      take(input);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
    throw new Error(`Taken: ${queryOf(input).toString()}`);
  };
  const whole = wholeQueryInput(name);
  const places = placesIn(name, 'elbv2').filter(({ path }) => !path.includes(QUERY_MAPS));

  it('takes an input with every member, unchanged, and drops what it does not know', () => {
    expect(JSON.parse(JSON.stringify(take({ ...whole, UnknownMember: 1 })))).toEqual(whole);
  });

  it('names each required member that is missing or empty', () => {
    for (const { path, type } of places.filter(({ required }) => required)) {
      // A structure without any other member would have no parameter, and not be there at all.
      const absent = Object.keys(valueAt(whole, path.slice(0, -1))).length > 1 ? [undefined] : [];
      const blanks = [...absent, ...(type === 'string' ? [''] : []), ...(type === 'list' ? [[]] : [])];
      for (const blank of blanks) {
        const { code, message } = refusal(withValueAt(whole, path, blank));
        expect(code, spelled(path)).toBe(operation.refusal);
        expect(message).toContain(spelled(path));
      }
    }
  });

  it('names each member of a wrong type, wherever it is', () => {
    for (const { path, type } of places) {
      for (const wrong of WRONG[type] ?? []) {
        const { code, message } = refusal(withValueAt(whole, path, wrong));
        expect(code, `${spelled(path)} = ${wrong}`).toBe('SerializationException');
        expect(message).toContain(spelled(path));
      }
    }
  });

  it('names each text that has a NUL character, wherever it is', () => {
    for (const { path } of places.filter(({ type }) => type === 'string')) {
      const { code, message } = refusal(withValueAt(whole, path, 'a\u0000b'));
      expect(code, spelled(path)).toBe('InvalidParameterException');
      expect(message).toContain(`${spelled(path)} contains a NUL character`);
    }
  });

  it('has a modelled output', () => {
    expect(ELBV2_OUTPUTS[name]).toBeDefined();
  });
});

function valueAt(input: unknown, path: Path): object {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], input) as object;
}
