import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { placesIn, wholeInput, withValueAt, wrongValues } from '../../../test/support/api-model';
import { ApiError } from './errors';
import { ECS_OPERATIONS } from './generated/ecs-operations';
import { decodeJson } from './protocol/json-decoder';
import { checkInput } from './validation/check-input';

const SUPPORTED = ECS_OPERATIONS.filter((operation) => operation.owner !== undefined);

/** ECS's own words for some members do not repeat their names. */
const CALLED: Readonly<Record<string, string>> = {
  containerDefinitions: 'containerlist',
  taskDefinitions: 'taskdefinitionreferences',
};

/** Required members that a client clears with a blank value. */
const MAY_BE_BLANK: readonly string[] = [
  'serviceConnectDefaults.namespace',
  'capacityProviders',
  'defaultCapacityProviderStrategy',
];

/** Returns the letters and digits of a text, so that `Container instances` matches the member `containerInstances`. */
const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

function spelled(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  );
}

describe.each(SUPPORTED.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
  const accept = (input: unknown): object => {
    const decoded = decodeJson(operation.input, Buffer.from(JSON.stringify(input)));
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
    throw new Error(`Accepted: ${JSON.stringify(input)}`);
  };
  const whole = wholeInput(name);

  it('accepts an input with every member unchanged and drops unknown members', () => {
    expect(JSON.parse(JSON.stringify(accept({ ...whole, unknownMember: 1 })))).toEqual(whole);
  });

  it('names each required member that is absent, null or empty', () => {
    for (const { path, type } of placesIn(name).filter(({ required }) => required)) {
      const member = String(path.at(-1));
      const empty = MAY_BE_BLANK.includes(spelled(path)) ? [] : type === 'string' ? [''] : type === 'list' ? [[]] : [];
      const blanks = [undefined, null, ...empty];
      for (const blank of blanks) {
        const { code, message } = refusal(withValueAt(whole, path, blank));
        expect(code, spelled(path)).toBe(operation.refusal);
        const named = letters(message).includes(letters(member)) || letters(message).includes(CALLED[member] ?? '\n');
        expect(named, `${spelled(path)}: ${message}`).toBe(true);
      }
    }
  });

  it('names each member of a wrong type at any depth', () => {
    for (const { path, type } of placesIn(name)) {
      for (const wrong of wrongValues(type)) {
        const { code, message } = refusal(withValueAt(whole, path, wrong));
        expect(code, `${spelled(path)} = ${JSON.stringify(wrong)}`).toBe('SerializationException');
        expect(message).toContain(spelled(path));
      }
    }
  });

  it('names each text that has a NUL character or half a surrogate pair at any depth', () => {
    for (const { path } of placesIn(name).filter(({ type }) => type === 'string')) {
      for (const wrong of ['a\u0000b', 'a\ud800b']) {
        const { code, message } = refusal(withValueAt(whole, path, wrong));
        expect(code, spelled(path)).toBe('InvalidParameterException');
        expect(message).toContain(spelled(path));
      }
    }
    for (const { path } of placesIn(name).filter(({ type }) => type === 'map')) {
      const { message } = refusal(withValueAt(whole, path, { 'a\u0000b': 'a' }));
      expect(message).toContain(`${spelled(path)} contains a NUL character`);
    }
  });

  it('treats null as the absence of any optional member', () => {
    const required = new Set(
      Object.keys(whole).filter((member) =>
        placesIn(name).some((each) => each.required && each.path.length === 1 && each.path[0] === member),
      ),
    );
    const nulls = Object.fromEntries(
      Object.entries(whole).map(([member, value]) => [member, required.has(member) ? value : null]),
    );
    expect(Object.keys(accept(nulls)).sort()).toEqual([...required].sort());
  });
});
