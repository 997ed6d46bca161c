import type { TargetGroup } from '@stowage/domain';
import { backendSection, serverLines } from './backend-section';
import { backendName, type DataPlane } from './data-plane';
import { frontendSection } from './frontend-section';
import { HEADER_BUFFER_LINES } from './header-limits';
import { fallbackName, serverName } from './server';
import { stickinessOf, stickyToken } from './stickiness';
import { quoted } from './words';

/** Where HAProxy finds and leaves things, and what it may take. */
export interface ConfigSettings {
  /** HAProxy's folder: relative paths begin there. */
  readonly directory: string;
  readonly certificateFile: (arn: string) => string;
  /** How long a worker that was replaced may go on for the sake of its connections. */
  readonly oldWorkersEndAfterSeconds: number;
  /** As whom the workers run; absent: as the registrar itself. */
  readonly user?: { readonly name: string; readonly group: string };
}

/** What only a reload can change: everything but the servers. */
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
 * The whole haproxy.cfg: the structure with a mark that the process can be asked for, and the servers as they are now,
 * each below its backend's name.
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

/** What the map of each backend that is sticky by cookie holds: the tokens of every target that takes requests. */
export function mapsOf(plane: DataPlane): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sticky = plane.backends.filter(({ group }) => {
    const stickiness = stickinessOf(group);
    return stickiness !== undefined && stickiness.type !== 'source_ip';
  });
  return new Map(sticky.map(({ group }) => [backendName(group), new Map(stickyEntries(group))]));
}

/** Whichever of a target's two servers gave a client its token, it finds the one that takes requests now. */
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
    // As ELB: whatever a target shows. What clients get to see is chosen by each listener's policy.
    '  ssl-server-verify none',
    '  ssl-default-bind-options ssl-min-ver TLSv1.0',
    ...(user ? [`  user ${user.name}`, `  group ${user.group}`] : []),
  ];
}

/**
 * A request goes to another target when no connection came about: nothing was sent. When the target closed without a
 * word it may have worked on the request, so only those are asked again that do no harm twice; `disable-l7-retry` in the
 * frontends says which.
 *
 * A worker that is being replaced tells its idle clients with the next answer that it closes, instead of closing in the
 * middle of their next request.
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
