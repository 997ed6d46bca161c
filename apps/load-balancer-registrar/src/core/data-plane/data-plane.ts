import {
  type Listener,
  type LoadBalancer,
  type ReadonlyClusterState,
  type TargetGroup,
  targetGroupsOfLoadBalancer,
} from '@stowage/domain';

/** Desired state of HAProxy, except the present health of the servers. */
export interface DataPlane {
  readonly frontends: readonly Frontend[];
  readonly backends: readonly Backend[];
}

/** A listener at the address of its load balancer. */
export interface Frontend {
  readonly loadBalancer: LoadBalancer;
  readonly listener: Listener;
}

/** A target group to which a listener sends requests. Other groups receive no traffic and have no health checks. */
export interface Backend {
  readonly group: TargetGroup;
  /** Time in seconds after which an idle connection is closed, as its load balancer defines it. */
  readonly idleTimeoutSeconds: number;
}

const IDLE_TIMEOUT_SECONDS = { application: 60, network: 350 } as const;

/** The lists are sorted by name, so that the same state gives the same text. */
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

/**
 * The idle timeout is an attribute of an application load balancer. A network load balancer has it on each listener;
 * the longest one counts.
 */
export function idleTimeoutSeconds({ type, attributes, listeners }: LoadBalancer): number {
  if (type === 'application') return Number(attributes['idle_timeout.timeout_seconds'] ?? IDLE_TIMEOUT_SECONDS[type]);
  return Math.max(
    IDLE_TIMEOUT_SECONDS[type],
    ...listeners.map((listener) => Number(listener.attributes['tcp.idle_timeout.seconds'] ?? 0)),
  );
}

/**
 * Names in HAProxy contain the id: a resource that is created again under a deleted name is a different one, and old
 * workers may still have the deleted one.
 */
export const backendName = ({ name, id }: Pick<TargetGroup, 'name' | 'id'>): string => `${name}-${id}`;

export const frontendName = ({ loadBalancer, listener }: Frontend): string => `${loadBalancer.name}-${listener.id}`;
