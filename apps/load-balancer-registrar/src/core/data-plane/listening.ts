import type { LoadBalancer, LoadBalancerState } from '@stowage/domain';
import { type DataPlane, type Frontend, frontendName } from './data-plane';

/** Why listeners cannot be, by the name of their frontend. */
export type Refused = ReadonlyMap<string, string>;

export const socketOf = ({ loadBalancer, listener }: Frontend): string =>
  `${loadBalancer.address}:${String(listener.port)}`;

/** Two listeners on one socket: HAProxy would give each of them a part of the connections. The older one has it. */
export function collisions({ frontends }: DataPlane): Refused {
  const taken = new Map<string, Frontend>();
  const refused = new Map<string, string>();
  const byAge = [...frontends].sort((a, b) => a.loadBalancer.createdAt - b.loadBalancer.createdAt);
  for (const frontend of byAge) {
    const socket = socketOf(frontend);
    const holder = taken.get(socket);
    if (!holder) taken.set(socket, frontend);
    else refused.set(frontendName(frontend), `Load balancer ${holder.loadBalancer.name} listens on ${socket}.`);
  }
  return refused;
}

export function without({ frontends, backends }: DataPlane, refused: Refused): DataPlane {
  return { frontends: frontends.filter((frontend) => !refused.has(frontendName(frontend))), backends };
}

/** The sockets that a haproxy.cfg of ours listens on. */
export const socketsIn = (config: string): ReadonlySet<string> =>
  new Set([...config.matchAll(/^ {2}bind (\S+)/gm)].map(([, socket = '']) => socket));

/** What a load balancer is, now that the data plane runs without the listeners that were refused. */
export function stateOf(loadBalancer: LoadBalancer, refused: Refused): LoadBalancerState {
  const reasons = loadBalancer.listeners.flatMap(
    (listener) => refused.get(frontendName({ loadBalancer, listener })) ?? [],
  );
  if (reasons.length === 0) return { code: 'active' };
  const code = reasons.length === loadBalancer.listeners.length ? 'failed' : 'active_impaired';
  return { code, reason: reasons.join(' ') };
}
