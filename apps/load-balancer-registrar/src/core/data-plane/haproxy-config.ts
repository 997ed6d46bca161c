import type { TargetGroup } from '@stowage/domain';
import { backendSection, serverLines } from './backend-section';
import { backendName, type DataPlane } from './data-plane';
import { frontendSection } from './frontend-section';
import { HEADER_BUFFER_LINES } from './header-limits';
import { fallbackName, serverName } from './server';
import { stickinessOf, stickyToken } from './stickiness';
import { quoted } from './quoting';

/** Places of HAProxy's files, and its account. */
export interface ConfigSettings {
  /** HAProxy's folder. Relative paths start there. */
  readonly directory: string;
  readonly certificateFile: (arn: string) => string;
  /** Time in seconds for which a replaced worker may keep its connections. */
  readonly oldWorkersEndAfterSeconds: number;
  /** Account of the workers. Without it, they keep the registrar's account. */
  readonly user?: { readonly name: string; readonly group: string };
}

/** Returns the part of the configuration that only a reload can change: everything except the servers. */
export function structureOf(plane: DataPlane, settings: ConfigSettings): string {
  const backends = new Map(plane.backends.map(({ group }) => [group.name, backendName(group)]));
  const places = { backendOf: (name: string) => backends.get(name), certificateFile: settings.certificateFile };
  const sections = [
    globalSection(settings),
    DEFAULTS,
    ...plane.frontends.map((frontend) => frontendSection(frontend, places)),
    ...plane.backends.map(backendSection),
  ];
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/**
 * Returns the whole haproxy.cfg: the structure with a mark that `show info` returns, and the current servers, each
 * below the name of its backend.
 */
export function configText(plane: DataPlane, structure: string, mark: string): string {
  const servers = new Map(
    plane.backends.map((backend) => [`backend ${backendName(backend.group)}`, serverLines(backend)]),
  );
  return structure
    .split('\n\n')
    .map((section) => {
      const [head = '', ...lines] = section.trimEnd().split('\n');
      const more = head === 'global' ? [`  description ${mark}`] : (servers.get(head) ?? []);
      return [head, ...lines, ...more].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

/**
 * Returns the content of the map of each backend with cookie stickiness: the tokens of all targets that take requests.
 */
export function mapsOf(plane: DataPlane): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sticky = plane.backends.filter(({ group }) => {
    const stickiness = stickinessOf(group);
    return stickiness !== undefined && stickiness.type !== 'source_ip';
  });
  return new Map(sticky.map(({ group }) => [backendName(group), new Map(stickyEntries(group))]));
}

/** A target has two servers. A token of either one leads to the one that takes requests now. */
function stickyEntries({ targets }: TargetGroup): readonly (readonly [string, string])[] {
  const healthy = targets.filter(({ health }) => health.state === 'healthy');
  const failsOpen = healthy.length === 0;
  const taking = failsOpen ? targets.filter(({ drainUntil }) => drainUntil === undefined) : healthy;
  return taking.flatMap((target) => {
    const names = [serverName(target), fallbackName(target)];
    const takesRequests = failsOpen ? fallbackName(target) : serverName(target);
    return names.map((name) => [stickyToken(name), takesRequests] as const);
  });
}

function globalSection({ directory, oldWorkersEndAfterSeconds, user }: ConfigSettings): readonly string[] {
  return [
    'global',
    `  default-path origin ${quoted(directory)}`,
    ...HEADER_BUFFER_LINES,
    `  hard-stop-after ${String(oldWorkersEndAfterSeconds)}s`,
    // ELB also accepts every certificate of a target. Clients get what the policy of each listener defines.
    '  ssl-server-verify none',
    '  ssl-default-bind-options ssl-min-ver TLSv1.0',
    ...(user ? [`  user ${user.name}`, `  group ${user.group}`] : []),
  ];
}

/**
 * A request goes to another target if the connection to the first one fails, because nothing was sent. If the target
 * closed the connection without an answer, it may have handled the request. Only requests with safe methods are then
 * repeated; `disable-l7-retry` in the frontends defines them.
 *
 * A worker that is being replaced announces with the next answer that it will close an idle client's connection. It
 * would otherwise close the connection in the middle of the next request.
 */
const DEFAULTS: readonly string[] = [
  'defaults',
  '  timeout connect 3s',
  '  timeout queue 30s',
  '  option idle-close-on-response',
  '  option redispatch 1',
  '  retries 3',
  '  retry-on conn-failure empty-response',
];
