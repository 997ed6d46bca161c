import { invalidParameter, type Refusal } from '../refusal';

/** Longest expression in characters (ecs-api 4.3). */
export const EXPRESSION_LENGTH_MAX = 2_000;

/** A token of an expression. `at` is its position, starting at 1. */
export type Token =
  | { readonly kind: 'word' | 'quoted' | 'symbol'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number };

/** Longest first. */
const SYMBOLS = ['==', '!=', '>=', '<=', '=~', '!~', '&&', '||', '!', '>', '<', '(', ')', '[', ']', ','];
/** Characters that end an unquoted word. All others may be part of it: patterns, dates and versions need no quotes. */
const WORD_PATTERN = /[^\s()[\],'"=!<>&|]+/y;
const SPACE_PATTERN = /\s*/y;

/** Returns the error for a mistake in an expression, with its position. */
export function mistake(at: number, what: string): Refusal {
  return invalidParameter(`Invalid expression at position ${at}: ${what}.`);
}

/**
 * Splits an expression into tokens. @throws Refusal if the expression is too long, or a character does not start a
 * token.
 */
export function tokensOf(expression: string): readonly Token[] {
  if (expression.length > EXPRESSION_LENGTH_MAX) {
    throw invalidParameter(`An expression can have at most ${EXPRESSION_LENGTH_MAX} characters.`);
  }
  const tokens: Token[] = [];
  for (let from = skipSpace(expression, 0); from < expression.length;) {
    const token = tokenAt(expression, from);
    tokens.push(token);
    const quotes = token.kind === 'quoted' ? 2 : 0;
    from = skipSpace(expression, from + token.text.length + quotes);
  }
  return [...tokens, { kind: 'end', text: '', at: expression.length + 1 }];
}

function skipSpace(expression: string, from: number): number {
  SPACE_PATTERN.lastIndex = from;
  SPACE_PATTERN.test(expression);
  return SPACE_PATTERN.lastIndex;
}

function tokenAt(expression: string, from: number): Token {
  const at = from + 1;
  const first = expression.charAt(from);
  if (first === "'" || first === '"') {
    const end = expression.indexOf(first, from + 1);
    if (end < 0) throw mistake(at, `the quote ${first} is not closed`);
    return { kind: 'quoted', text: expression.slice(from + 1, end), at };
  }
  const symbol = SYMBOLS.find((each) => expression.startsWith(each, from));
  if (symbol) return { kind: 'symbol', text: symbol, at };
  WORD_PATTERN.lastIndex = from;
  const [text] = WORD_PATTERN.exec(expression) ?? [];
  if (!text) throw mistake(at, `'${first}' is not expected here`);
  return { kind: 'word', text, at };
}
