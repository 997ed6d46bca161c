import type { EpochMs } from '../ids';
import { compilePattern } from './regular-expression';
import { mistake, type Token } from './tokens';

/** What an operator does with a value, its argument already read. */
export type Test<Value> = (value: Value) => boolean;

/** An operator that takes one argument. The negative ones are these, negated. */
export interface Comparison {
  readonly is: '==' | '>' | '>=' | '<' | '<=' | '=~';
  readonly isNegated?: true;
}

/** All spellings. `exists` and `in` have their own place in the grammar. */
export const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['==', { is: '==' }],
  ['equals', { is: '==' }],
  ['!=', { is: '==', isNegated: true }],
  ['not_equals', { is: '==', isNegated: true }],
  ['>', { is: '>' }],
  ['greater_than', { is: '>' }],
  ['>=', { is: '>=' }],
  ['greater_than_equal', { is: '>=' }],
  ['<', { is: '<' }],
  ['less_than', { is: '<' }],
  ['<=', { is: '<=' }],
  ['less_than_equal', { is: '<=' }],
  ['=~', { is: '=~' }],
  ['matches', { is: '=~' }],
  ['!~', { is: '=~', isNegated: true }],
  ['not_matches', { is: '=~', isNegated: true }],
]);

/** How values of one type are read from an expression and ordered. */
export interface ValueType<Value> {
  readonly name: string;
  /** `undefined`: the text is no such value. */
  readonly read: (text: string) => Value | undefined;
  readonly order: (a: Value, b: Value) => number;
  /** Only text is matched with patterns. */
  readonly isText?: true;
  /** It is so or not: there is no more and no less. */
  readonly isUnordered?: true;
}

const byCode = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Two numbers are ordered as numbers, all else as text. Equal is only what is spelled alike. */
export const TEXT: ValueType<string> = {
  name: 'a text',
  read: (text) => text,
  order: (a, b) => {
    const difference = a === '' || b === '' ? NaN : Number(a) - Number(b);
    return difference > 0 || difference < 0 ? difference : byCode(a, b);
  },
  isText: true,
};

export const WHOLE_NUMBER: ValueType<number> = {
  name: 'a whole number',
  read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
  order: (a, b) => a - b,
};

export const TRUTH: ValueType<boolean> = {
  name: 'true or false',
  read: (text) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined),
  order: (a, b) => Number(a) - Number(b),
  isUnordered: true,
};

/** `1.13.1`, also with a `v` before it; missing parts are 0, and what follows a hyphen does not count. */
export const VERSION: ValueType<readonly number[]> = {
  name: 'a version such as 1.13.1',
  read: versionOf,
  order: (a, b) => {
    for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
      const difference = (a[at] ?? 0) - (b[at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  },
};

export function versionOf(text: string): readonly number[] | undefined {
  const [, numbers] = /^v?(\d{1,9}(?:\.\d{1,9}){0,5})(?:[-+].*)?$/.exec(text) ?? [];
  return numbers?.split('.').map(Number);
}

const TIME_PATTERN = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Without a zone it is UTC; a date alone is its beginning. */
export const TIME: ValueType<EpochMs> = {
  name: 'a time such as 2018-06-18T22:28:28+00:00 or 2018-06-18',
  read: (text) => {
    const [whole, time, , , zone] = TIME_PATTERN.exec(text) ?? [];
    if (whole === undefined) return undefined;
    const at = Date.parse(time !== undefined && zone === undefined ? `${whole}Z` : whole);
    return Number.isNaN(at) ? undefined : at;
  },
  order: (a, b) => a - b,
};

/** The test that an operator with `argument` is. @throws Refusal of an argument that is not of the type */
export function comparing<Value>(type: ValueType<Value>, is: Comparison['is'], argument: Token): Test<Value> {
  if (is === '=~') return matching(type, argument);
  if (type.isUnordered && is !== '==') throw mistake(argument.at, `${type.name} is compared with == or !=`);
  const wanted = valueOf(type, argument);
  switch (is) {
    case '==':
      return (value) => type.order(value, wanted) === 0;
    case '>':
      return (value) => type.order(value, wanted) > 0;
    case '>=':
      return (value) => type.order(value, wanted) >= 0;
    case '<':
      return (value) => type.order(value, wanted) < 0;
    case '<=':
      return (value) => type.order(value, wanted) <= 0;
  }
}

/** The test that `in [ ... ]` is. @throws Refusal */
export function among<Value>(type: ValueType<Value>, list: readonly Token[]): Test<Value> {
  const wanted = list.map((each) => valueOf(type, each));
  return (value) => wanted.some((each) => type.order(value, each) === 0);
}

function valueOf<Value>(type: ValueType<Value>, { at, text }: Token): Value {
  const value = type.read(text);
  if (value === undefined) throw mistake(at, `'${text}' is not ${type.name}`);
  return value;
}

function matching<Value>(type: ValueType<Value>, { at, text }: Token): Test<Value> {
  if (!type.isText) throw mistake(at, `only a text is matched with a pattern, not ${type.name}`);
  const matches = compilePattern(text);
  if (typeof matches === 'function') return (value) => matches(String(value));
  throw mistake(at, `'${text}' is not a supported regular expression (${matches.reason})`);
}
