import type { Target, TargetGroup } from '@stowage/domain';
import { mapFile } from './backend-section';
import { backendName, type DataPlane } from './data-plane';
import { mapsOf } from './haproxy-config';
import { fallbackName, fallbackOptions, serverName, serverOptions } from './server';
import type { SeenServer, WorkerSighting } from './sightings';

/** The worker takes new connections and checks health; an old one only finishes, and is told what the other found out. */
export type WorkerRole = 'current' | 'old';

/**
 * What a worker must be told so that its servers are those of the data plane. An old worker too: a client that it
 * still has a connection to may send one more request, which must reach a target that is there.
 */
export function serverCommands(
  plane: DataPlane,
  { servers, maps }: WorkerSighting,
  role: WorkerRole,
): readonly string[] {
  const seen = new Map(servers.map((server) => [`${server.backend}/${server.name}`, server]));
  const known = new Set(servers.map(({ backend }) => backend));
  const wanted = new Set<string>();
  const commands: string[] = [];
  for (const { group } of plane.backends) {
    const backend = backendName(group);
    for (const target of group.targets) {
      const [server, fallback] = [`${backend}/${serverName(target)}`, `${backend}/${fallbackName(target)}`];
      wanted.add(server).add(fallback);
      // Of a backend that an old worker has without servers, or not at all, nothing can be told.
      if (role === 'old' && !known.has(backend)) continue;
      // The fallback first: it must not get what a target that begins to drain no longer takes.
      commands.push(...fallbackCommands({ server: fallback, group, target, seen: seen.get(fallback) }));
      commands.push(...targetCommands({ server, group, target, seen: seen.get(server), role }));
    }
  }
  for (const [server, { sessions, admin }] of seen) {
    if (!wanted.has(server)) commands.push(...removal(server, sessions, admin));
  }
  return [...commands, ...mapCommands(mapsOf(plane), maps)];
}

interface TargetSituation {
  /** `<backend>/<name>` */
  readonly server: string;
  readonly group: TargetGroup;
  readonly target: Target;
  readonly seen: SeenServer | undefined;
}

/** When it gets requests every worker decides by itself. */
function fallbackCommands({ server, group, target, seen }: TargetSituation): readonly string[] {
  if (target.drainUntil !== undefined) return drainCommands(server, seen);
  if (seen?.admin === 'ready') return [];
  const added = seen ? [] : [`add server ${server} ${fallbackOptions(group, target)}`];
  return [...added, `set server ${server} state ready`];
}

function targetCommands(situation: TargetSituation & { readonly role: WorkerRole }): readonly string[] {
  const { server, target, seen } = situation;
  if (target.drainUntil !== undefined) return drainCommands(server, seen);
  return situation.role === 'current' ? checkedCommands(situation) : uncheckedCommands(situation);
}

const drainCommands = (server: string, seen: SeenServer | undefined): readonly string[] =>
  seen?.admin === 'ready' ? [`set server ${server} state drain`] : [];

/**
 * A server that HAProxy checks begins DOWN, unless it was healthy already: out of maintenance it would be UP without a
 * check. The first check that succeeds is enough for one that was never healthy, as with ELB.
 */
function checkedCommands({ server, group, target, seen }: TargetSituation): readonly string[] {
  if (seen?.admin === 'ready') {
    const firstSuccess = target.health.state === 'initial' && !seen.isUp && seen.check && isSuccess(seen.check.status);
    return firstSuccess ? [`set server ${server} health up`] : [];
  }
  const added = seen ? [] : [`add server ${server} ${serverOptions(group, target)}`, `enable health ${server}`];
  const down =
    target.health.state === 'healthy' ? [] : [`set server ${server} state drain`, `set server ${server} health down`];
  return [...added, ...down, `set server ${server} state ready`];
}

/** An old worker's checks have ended: it takes what the state says. */
function uncheckedCommands({ server, group, target, seen }: TargetSituation): readonly string[] {
  if (target.health.state !== 'healthy') return drainCommands(server, seen);
  if (seen?.admin === 'ready' && seen.isUp) return [];
  const added = seen ? [`set server ${server} health up`] : [`add server ${server} ${serverOptions(group, target)}`];
  return [...added, `set server ${server} state ready`];
}

/** Connections that are left by now are cut: the time to end by themselves is over. */
function removal(server: string, sessions: number, admin: SeenServer['admin']): readonly string[] {
  return [
    ...(admin === 'maintenance' ? [] : [`set server ${server} state maint`]),
    ...(sessions > 0 ? [`shutdown sessions server ${server}`] : []),
    `del server ${server}`,
  ];
}

function mapCommands(
  wanted: ReadonlyMap<string, ReadonlyMap<string, string>>,
  seen: WorkerSighting['maps'],
): readonly string[] {
  return [...seen].flatMap(([backend, entries]) => {
    const should = wanted.get(backend) ?? new Map<string, string>();
    return [
      ...[...entries.keys()]
        .filter((token) => !should.has(token))
        .map((token) => `del map ${mapFile(backend)} ${token}`),
      ...[...should]
        .filter(([token, name]) => entries.get(token) !== name)
        .map(([token, name]) => `${entries.has(token) ? 'set' : 'add'} map ${mapFile(backend)} ${token} ${name}`),
    ];
  });
}

/** Checks that passed: at the layer of connections, of TLS or of the application. */
export const isSuccess = (status: string): boolean => /^L[467]OKC?$/.test(status);
