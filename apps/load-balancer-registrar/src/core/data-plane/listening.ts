import type { LoadBalancer, LoadBalancerState } from '@stowage/domain';
import { type DataPlane, type Frontend, frontendName } from './data-plane';

/** Reasons for which listeners are left out, by the name of their frontend. */
export type Refused = ReadonlyMap<string, string>;

export const socketOf = ({ loadBalancer, listener }: Frontend): string =>
  `${loadBalancer.address}:${String(listener.port)}`;

/**
 * Finds listeners on the same socket, because HAProxy would give each of them a part of the connections. The oldest
 * listener keeps the socket.
 */
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

/** Returns the sockets on which a haproxy.cfg that was written here listens. */
export const socketsIn = (config: string): ReadonlySet<string> =>
  new Set([...config.matchAll(/^ {2}bind (\S+)/gm)].map(([, socket = '']) => socket));

/** The state of a load balancer while HAProxy does not accept changes. */
export const IMPAIRED: LoadBalancerState = {
  code: 'active_impaired',
  reason: 'HAProxy does not run the current configuration. The log of the load balancer registrar has the reason.',
};

/** Returns the state of a load balancer, given that the data plane runs without the rejected listeners. */
export function stateOf(loadBalancer: LoadBalancer, refused: Refused): LoadBalancerState {
  const reasons = loadBalancer.listeners.flatMap(
    (listener) => refused.get(frontendName({ loadBalancer, listener })) ?? [],
  );
  if (reasons.length === 0) return { code: 'active' };
  const code = reasons.length === loadBalancer.listeners.length ? 'failed' : 'active_impaired';
  return { code, reason: reasons.join(' ') };
}
