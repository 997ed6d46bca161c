/**
 * Returns the text as one argument in haproxy.cfg. Only the closing quote and the end of the line have a meaning within
 * strong quotes.
 */
export const quoted = (text: string): string =>
  `'${text.replaceAll("'", `'"'"'`).replaceAll('\r', `'"\\r"'`).replaceAll('\n', `'"\\n"'`)}'`;

/** Escapes text where HAProxy expects a format: only `%` has a meaning there. */
export const literally = (text: string): string => text.replaceAll('%', '%%');

/**
 * Returns the pattern of a listener's rule as a regular expression. `*` stands for any text and `?` for any character;
 * `any` is the class of these characters.
 */
export function wildcards(pattern: string, any = '.'): string {
  return pattern.replaceAll(/[\\^$.|()[\]{}+*?]/g, (sign) =>
    sign === '*' ? `${any}*` : sign === '?' ? any : `\\${sign}`,
  );
}
