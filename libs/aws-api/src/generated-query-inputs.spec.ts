import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { placesIn, QUERY_MAPS, queryOf, wholeQueryInput, withValueAt } from '../../../test/support/api-model';
import { ApiError } from './errors';
import { ELBV2_OPERATIONS } from './generated/elbv2-operations';
import { ELBV2_OUTPUTS } from './generated/elbv2-outputs';
import { decodeQuery } from './protocol/query-parameters';
import { checkInput } from './validation/check-input';

const SUPPORTED = ELBV2_OPERATIONS.filter((operation) => operation.owner !== undefined);

/** Texts that are not values of a type. Every text is valid for a string, and a structure is not written as one text. */
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
  const accept = (input: unknown): object => {
    const decoded = decodeQuery(operation.input, queryOf(input));
    checkInput(operation, decoded);
    return decoded;
  };
  const refusal = (input: unknown): ApiError => {
    try {
      accept(input);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
    throw new Error(`Accepted: ${queryOf(input).toString()}`);
  };
  const whole = wholeQueryInput(name);
  const places = placesIn(name, 'elbv2').filter(({ path }) => !path.includes(QUERY_MAPS));

  it('accepts an input with every member unchanged and drops unknown members', () => {
    expect(JSON.parse(JSON.stringify(accept({ ...whole, UnknownMember: 1 })))).toEqual(whole);
  });

  it('names each required member that is absent or empty', () => {
    for (const { path, type } of places.filter(({ required }) => required)) {
      // A structure without another member would have no parameter and be absent.
      const absent = Object.keys(valueAt(whole, path.slice(0, -1))).length > 1 ? [undefined] : [];
      const blanks = [...absent, ...(type === 'string' ? [''] : []), ...(type === 'list' ? [[]] : [])];
      for (const blank of blanks) {
        const { code, message } = refusal(withValueAt(whole, path, blank));
        expect(code, spelled(path)).toBe(operation.refusal);
        expect(message).toContain(spelled(path));
      }
    }
  });

  it('names each member of a wrong type at any depth', () => {
    for (const { path, type } of places) {
      for (const wrong of WRONG[type] ?? []) {
        const { code, message } = refusal(withValueAt(whole, path, wrong));
        expect(code, `${spelled(path)} = ${wrong}`).toBe('SerializationException');
        expect(message).toContain(spelled(path));
      }
    }
  });

  it('names each text that has a NUL character at any depth', () => {
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
