import type { FixedResponseAction, ForwardAction, RedirectAction } from '@stowage/domain';
import { literally, quoted } from './quoting';

/** Returns the line with which HAProxy itself answers. `when` is the condition with `if` before it, or empty. */
export function fixedResponse({ statusCode, contentType, messageBody }: FixedResponseAction, when: string): string {
  const body =
    messageBody === undefined || messageBody === ''
      ? ''
      : ` content-type ${quoted(contentType ?? 'text/plain')} string ${quoted(messageBody)}`;
  return `http-request return status ${statusCode}${body}${when}`;
}

/**
 * Returns two lines if the location has a query: HAProxy must write a question mark only if the request has a query.
 */
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
    // The pattern of the user already has the slash.
    path: '%[path,regsub(^/,)]',
    query: '%[query]',
  };
  return text
    .split(/(#\{(?:protocol|host|port|path|query)\})/)
    .map((part) => values[/^#\{(.*)\}$/.exec(part)?.[1] ?? ''] ?? literally(part))
    .join('');
}

/** Returns the group that gets all requests, or undefined if the action spreads requests over several groups. */
export function onlyGroup({ targetGroups }: ForwardAction): string | undefined {
  const weighty = targetGroups.filter(({ weight }) => weight > 0);
  return weighty.length === 1 ? weighty[0]?.targetGroup : undefined;
}

/** Exclusive upper bound of the random number that selects a group. */
export const DRAWS = 1_000_000;

/**
 * Returns, for each group with a weight, the exclusive upper bound of its random numbers. The lower bound is the upper
 * bound of the group before it.
 */
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
