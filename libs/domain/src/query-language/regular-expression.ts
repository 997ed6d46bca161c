import { RE2JS } from 're2js';

/** A pattern longer than that is a program, not a pattern. */
export const PATTERN_LENGTH_MAX = 256;

/** Whether a whole value matches. */
export type ValueMatcher = (value: string) => boolean;

/**
 * Compiles a regular expression as Java has it, but for back references and look-around. RE2 matches in time linear in
 * the value, whatever the pattern: no constraint of one user holds up the placement of all others.
 * @returns the reason when it is none.
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
