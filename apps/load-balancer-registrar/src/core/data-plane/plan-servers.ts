import type { Target, TargetGroup } from '@stowage/domain';
import { mapFile } from './backend-section';
import { backendName, type DataPlane } from './data-plane';
import { mapsOf } from './haproxy-config';
import { fallbackName, fallbackOptions, serverName, serverOptions } from './server';
import type { ServerStatus, WorkerStatus } from './worker-status';

/**
 * The current worker takes new connections and checks health. An old worker only finishes its connections, and gets the
 * health that the current worker found.
 */
export type WorkerRole = 'current' | 'old';

/**
 * Returns the commands that make a worker's servers those of the data plane. Old workers get commands too: a client
 * that is still connected to one may send one more request, which must reach a target that exists.
 */
export function serverCommands(plane: DataPlane, { servers, maps }: WorkerStatus, role: WorkerRole): readonly string[] {
  const seen = new Map(servers.map((server) => [`${server.backend}/${server.name}`, server]));
  const known = new Set(servers.map(({ backend }) => backend));
  const wanted = new Set<string>();
  const commands: string[] = [];
  for (const { group } of plane.backends) {
    const backend = backendName(group);
    for (const target of group.targets) {
      const [server, fallback] = [`${backend}/${serverName(target)}`, `${backend}/${fallbackName(target)}`];
      wanted.add(server).add(fallback);
      // No command can add servers to a backend that an old worker has without servers or does not have.
      if (role === 'old' && !known.has(backend)) continue;
      // The fallback server drains first, so that it does not get the requests that the draining target no longer
      // takes.
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
  readonly seen: ServerStatus | undefined;
}

/** Every worker decides by itself when a fallback server gets requests. */
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

const drainCommands = (server: string, seen: ServerStatus | undefined): readonly string[] =>
  seen?.admin === 'ready' ? [`set server ${server} state drain`] : [];

/**
 * A server with health checks starts DOWN, unless it was healthy before: after maintenance, it would be UP without a
 * check. One successful check is enough for a server that was never healthy, as with ELB.
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

/** An old worker makes no checks any more, so that its servers get the health of the state. */
function uncheckedCommands({ server, group, target, seen }: TargetSituation): readonly string[] {
  if (target.health.state !== 'healthy') return drainCommands(server, seen);
  if (seen?.admin === 'ready' && seen.isUp) return [];
  const added = seen ? [`set server ${server} health up`] : [`add server ${server} ${serverOptions(group, target)}`];
  return [...added, `set server ${server} state ready`];
}

/** The remaining connections are closed: the deregistration delay has passed. */
function removal(server: string, sessions: number, admin: ServerStatus['admin']): readonly string[] {
  return [
    ...(admin === 'maintenance' ? [] : [`set server ${server} state maint`]),
    ...(sessions > 0 ? [`shutdown sessions server ${server}`] : []),
    `del server ${server}`,
  ];
}

function mapCommands(
  wanted: ReadonlyMap<string, ReadonlyMap<string, string>>,
  seen: WorkerStatus['maps'],
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

/** Status of checks that passed: of the connection, of TLS or of the application. */
export const isSuccess = (status: string): boolean => /^L[467]OKC?$/.test(status);
