import { type ClusterName, type DomainEvent, type Ecs, type EpochMs, transactionId } from '@stowage/domain';
import type { Transaction } from '@stowage/journal';
import { uuidv7 } from './chance';

/**
 * Families of task definitions. Tasks of `port` fit once on an instance, and tasks of `gpu` once for each of its GPUs;
 * the others fit everywhere.
 */
export const FAMILIES = ['free', 'checked', 'port', 'gpu', 'served'] as const;
/** Families of services that may be behind load balancers. */
export const SERVED_FAMILIES: readonly string[] = ['port', 'served'] satisfies readonly Family[];
export type Family = (typeof FAMILIES)[number];
export const REVISIONS = 2;

/** Target groups with their deregistration delays. Connections end before the delay or are closed at its end. */
const GROUPS = [
  { name: 'blue', id: 'b'.repeat(16), delaySeconds: 60 },
  { name: 'green', id: 'a'.repeat(16), delaySeconds: 15 },
] as const;

/** Target group ARNs, as services refer to them. */
export const LOAD_BALANCERS: readonly Ecs.LoadBalancer[] = GROUPS.map(({ name, id }) => ({
  targetGroupArn: `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${name}/${id}`,
  containerName: 'main',
  containerPort: 80,
}));

/** A network load balancer with one listener for each target group. */
function loadBalancing(): readonly DomainEvent[] {
  const loadBalancer = 'sim';
  const created: DomainEvent = {
    type: 'LoadBalancerCreated',
    version: 1,
    loadBalancer,
    id: 'c'.repeat(16),
    loadBalancerType: 'network',
    scheme: 'internal',
    address: '127.64.0.1',
    settings: { subnets: [], securityGroups: [], attributes: {} },
    tags: [],
  };
  const groups = GROUPS.flatMap(({ name: targetGroup, id, delaySeconds }, at): readonly DomainEvent[] => {
    const checked = { protocol: 'TCP', port: 'traffic-port', timeoutSeconds: 2, intervalSeconds: 5 } as const;
    const healthCheck = { ...checked, healthyThreshold: 2, unhealthyThreshold: 2 };
    const about = { version: 1, targetGroup } as const;
    const settings = { protocol: 'TCP', port: 80 + at, certificates: [], attributes: {} } as const;
    const forward = { targetGroup, targetGroupId: id, weight: 1 };
    return [
      { ...about, type: 'TargetGroupCreated', id, targetType: 'instance', ...TCP, healthCheck, tags: [] },
      {
        ...about,
        type: 'TargetGroupUpdated',
        attributes: { 'deregistration_delay.timeout_seconds': String(delaySeconds) },
      },
      {
        type: 'ListenerCreated',
        version: 1,
        loadBalancer,
        listener: id,
        defaultRule: id,
        settings: { ...settings, defaultAction: { type: 'forward', targetGroups: [forward] } },
        tags: [],
      },
    ];
  });
  return [created, ...groups];
}

const TCP = { protocol: 'TCP', port: 80 } as const;

/** The initial cluster, task definitions and load balancers. */
export function ground(cluster: ClusterName, at: EpochMs): Transaction {
  const container = { name: 'main', image: 'busybox', memory: 64, essential: true };
  const containers: Readonly<Record<Family, Ecs.ContainerDefinition>> = {
    free: container,
    checked: { ...container, healthCheck: { command: ['CMD', 'true'] } },
    port: { ...container, portMappings: [{ containerPort: 80, hostPort: 8080 }] },
    served: { ...container, portMappings: [{ containerPort: 80 }] },
    gpu: { ...container, resourceRequirements: [{ type: 'GPU', value: '1' }] },
  };
  const definitions = FAMILIES.flatMap((family) =>
    Array.from({ length: REVISIONS }, (_, earlier): DomainEvent => ({
      type: 'TaskDefinitionRegistered',
      version: 1,
      family,
      revision: earlier + 1,
      definition: { family, compatibilities: ['EC2'], containerDefinitions: [containers[family]] },
      tags: [],
      registeredBy: 'arn:aws:iam::123456789012:root',
    })),
  );
  const created: DomainEvent = {
    type: 'ClusterCreated',
    version: 1,
    cluster,
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
  };
  const origin = { expectations: [], at, actor: 'service:simulation', cause: 'ground' };
  return { id: transactionId(uuidv7()), events: [created, ...definitions, ...loadBalancing()], ...origin };
}
