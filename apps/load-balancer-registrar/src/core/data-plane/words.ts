/** One word of haproxy.cfg, whatever is in it: within strong quotes nothing has a meaning but their end and a line's. */
export const quoted = (text: string): string =>
  `'${text.replaceAll("'", `'"'"'`).replaceAll('\r', `'"\\r"'`).replaceAll('\n', `'"\\n"'`)}'`;

/** Text that stands for itself where HAProxy expects a format: only `%` begins something there. */
export const literally = (text: string): string => text.replaceAll('%', '%%');

/**
 * A pattern of a listener's rule, in which `*` stands for any text and `?` for any character, as a regular expression.
 * `any` is what both may stand for.
 */
export function wildcards(pattern: string, any = '.'): string {
  return pattern.replaceAll(/[\\^$.|()[\]{}+*?]/g, (sign) =>
    sign === '*' ? `${any}*` : sign === '?' ? any : `\\${sign}`,
  );
}
