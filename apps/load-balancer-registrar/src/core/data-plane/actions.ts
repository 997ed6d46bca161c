import type { FixedResponseAction, ForwardAction, RedirectAction } from '@stowage/domain';
import { literally, quoted } from './words';

/** HAProxy answers by itself. `when`: the condition under which, with `if` before it, or nothing. */
export function fixedResponse({ statusCode, contentType, messageBody }: FixedResponseAction, when: string): string {
  const body =
    messageBody === undefined || messageBody === ''
      ? ''
      : ` content-type ${quoted(contentType ?? 'text/plain')} string ${quoted(messageBody)}`;
  return `http-request return status ${statusCode}${body}${when}`;
}

/** Two lines: only where there is a query, a question mark goes before it. */
export function redirect(
  action: RedirectAction,
  listener: { readonly protocol: string; readonly port: number },
  when: string,
): readonly string[] {
  const fill = (text: string): string => filled(text, listener);
  const base = `${fill(action.protocol).toLowerCase()}://${fill(action.host)}:${fill(action.port)}${fill(action.path)}`;
  const code = action.statusCode === 'HTTP_301' ? '301' : '302';
  const to = (location: string, condition: string): string =>
    `http-request redirect location ${quoted(location)} code ${code}${condition}`;
  if (action.query === '') return [to(base, when)];
  if (action.query !== '#{query}') return [to(`${base}?${fill(action.query)}`, when)];
  const and = when === '' ? ' if' : when;
  return [to(`${base}?${fill(action.query)}`, `${and} { query -m found }`), to(base, when)];
}

function filled(text: string, { protocol, port }: { readonly protocol: string; readonly port: number }): string {
  const values: Readonly<Record<string, string>> = {
    protocol: protocol.toLowerCase(),
    host: '%[req.hdr(host),host_only]',
    port: String(port),
    // The user writes the slash before it.
    path: '%[path,regsub(^/,)]',
    query: '%[query]',
  };
  return text
    .split(/(#\{(?:protocol|host|port|path|query)\})/)
    .map((part) => values[/^#\{(.*)\}$/.exec(part)?.[1] ?? ''] ?? literally(part))
    .join('');
}

/** The one group that gets everything, if the action needs no choice. */
export function onlyGroup({ targetGroups }: ForwardAction): string | undefined {
  const weighty = targetGroups.filter(({ weight }) => weight > 0);
  return weighty.length === 1 ? weighty[0]?.targetGroup : undefined;
}

/** A draw is a number from 0 up to this. */
export const DRAWS = 1_000_000;

/** For each group with a weight, the first draw that is not its own any more; those before belong to the group before. */
export function draws({
  targetGroups,
}: ForwardAction): readonly { readonly targetGroup: string; readonly below: number }[] {
  const total = targetGroups.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  return targetGroups
    .filter(({ weight }) => weight > 0)
    .map(({ targetGroup, weight }) => {
      before += weight;
      return { targetGroup, below: Math.round((before * DRAWS) / total) };
    });
}
