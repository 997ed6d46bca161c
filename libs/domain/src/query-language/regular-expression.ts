import { RE2JS } from 're2js';

/** Longest pattern in characters. */
export const PATTERN_LENGTH_MAX = 256;

/** Returns true if the pattern matches the whole value. */
export type ValueMatcher = (value: string) => boolean;

/**
 * Compiles a regular expression in Java's syntax without back references and look-around. RE2 matches in time linear in
 * the value for every pattern, so no constraint of one user can block the placement of others.
 * @returns the matcher, or the reason why the pattern is not valid.
 */
export function compilePattern(pattern: string): ValueMatcher | { readonly reason: string } {
  if (pattern.length > PATTERN_LENGTH_MAX) return { reason: `it has more than ${PATTERN_LENGTH_MAX} characters` };
  try {
    const compiled = RE2JS.compile(pattern);
    return (value) => compiled.matches(value);
  } catch (error) {
    return { reason: error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it is none' };
  }
}
