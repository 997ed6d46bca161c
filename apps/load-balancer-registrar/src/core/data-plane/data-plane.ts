import {
  type Listener,
  type LoadBalancer,
  type ReadonlyClusterState,
  type TargetGroup,
  targetGroupsOfLoadBalancer,
} from '@stowage/domain';

/** Everything that HAProxy is to do, but for the servers' present health. */
export interface DataPlane {
  readonly frontends: readonly Frontend[];
  readonly backends: readonly Backend[];
}

/** A listener, at the address of its load balancer. */
export interface Frontend {
  readonly loadBalancer: LoadBalancer;
  readonly listener: Listener;
}

/** A target group that a listener sends requests to. Others receive no traffic and are not checked. */
export interface Backend {
  readonly group: TargetGroup;
  /** How long a connection may be silent, as its load balancer says. */
  readonly idleTimeoutSeconds: number;
}

const IDLE_TIMEOUT_SECONDS = { application: 60, network: 350 } as const;

/** In the order of their names: the same state gives the same text. */
export function dataPlaneOf({
  loadBalancers,
  targetGroups,
}: Pick<ReadonlyClusterState, 'loadBalancers' | 'targetGroups'>): DataPlane {
  const inOrder = [...loadBalancers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const backends = new Map<string, Backend>();
  for (const loadBalancer of inOrder) {
    for (const name of targetGroupsOfLoadBalancer(loadBalancer)) {
      const group = targetGroups.get(name);
      if (group && !backends.has(name))
        backends.set(name, { group, idleTimeoutSeconds: idleTimeoutSeconds(loadBalancer) });
    }
  }
  return {
    frontends: inOrder.flatMap((loadBalancer) =>
      loadBalancer.listeners.map((listener) => ({ loadBalancer, listener })),
    ),
    backends: [...backends.values()].sort((a, b) => (a.group.name < b.group.name ? -1 : 1)),
  };
}

/** Of an application load balancer an attribute, of a network one its listener's, of which the longest counts. */
export function idleTimeoutSeconds({ type, attributes, listeners }: LoadBalancer): number {
  if (type === 'application') return Number(attributes['idle_timeout.timeout_seconds'] ?? IDLE_TIMEOUT_SECONDS[type]);
  return Math.max(
    IDLE_TIMEOUT_SECONDS[type],
    ...listeners.map((listener) => Number(listener.attributes['tcp.idle_timeout.seconds'] ?? 0)),
  );
}

/** Names in HAProxy carry the id: after a deletion the same name is something else, and both may be alive in old workers. */
export const backendName = ({ name, id }: Pick<TargetGroup, 'name' | 'id'>): string => `${name}-${id}`;

export const frontendName = ({ loadBalancer, listener }: Frontend): string => `${loadBalancer.name}-${listener.id}`;
