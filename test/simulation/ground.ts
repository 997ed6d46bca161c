import { type ClusterName, type DomainEvent, type Ecs, type EpochMs, transactionId } from '@stowage/domain';
import type { Transaction } from '@stowage/journal';
import { uuidv7 } from './chance';

/** Families whose tasks run anywhere; of `port` there is room for one on an instance, of `gpu` for as many as it has GPUs. */
export const FAMILIES = ['free', 'checked', 'port', 'gpu'] as const;
export type Family = (typeof FAMILIES)[number];
export const REVISIONS = 2;

/** The cluster and the definitions that everything begins with. */
export function ground(cluster: ClusterName, at: EpochMs): Transaction {
  const container = { name: 'main', image: 'busybox', memory: 64, essential: true };
  const containers: Readonly<Record<Family, Ecs.ContainerDefinition>> = {
    free: container,
    checked: { ...container, healthCheck: { command: ['CMD', 'true'] } },
    port: { ...container, portMappings: [{ containerPort: 80, hostPort: 8080 }] },
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
  return { id: transactionId(uuidv7()), events: [created, ...definitions], ...origin };
}
