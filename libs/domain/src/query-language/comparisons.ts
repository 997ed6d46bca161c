import type { EpochMs } from '../ids';
import { compilePattern } from './regular-expression';
import { mistake, type Token } from './tokens';

/** A predicate on a value, with the operator's argument already parsed. */
export type Test<Value> = (value: Value) => boolean;

/** A binary operator. Negative operators are the negation of a positive one. */
export interface Comparison {
  readonly is: '==' | '>' | '>=' | '<' | '<=' | '=~';
  readonly isNegated?: true;
}

/** All spellings of the operators. The grammar handles `exists` and `in` itself. */
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

/** Parsing and ordering of the values of one type. */
export interface ValueType<Value> {
  readonly name: string;
  /** Returns undefined if the text is not a value of this type. */
  readonly read: (text: string) => Value | undefined;
  readonly order: (a: Value, b: Value) => number;
  /** Only text can be matched with patterns. */
  readonly isText?: true;
  /** The values can only be compared for equality. */
  readonly isUnordered?: true;
}

const byCode = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Two numbers are ordered as numbers, everything else as text. Values are equal only if their spelling is. */
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

/** `1.13.1`, optionally with a leading `v`. Missing parts are 0, and text after a hyphen is ignored. */
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

/** Times without a zone are UTC. A date alone is the start of the day. */
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

/** Returns the predicate of an operator with `argument`. @throws Refusal if the argument does not have the type */
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

/** Returns the predicate of `in [ ... ]`. @throws Refusal */
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
