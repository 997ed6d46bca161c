import {
  clusterName,
  type DomainEvent,
  type Ecs,
  type InstanceAttribute,
  type InstanceId,
  instanceId,
  type Resources,
  taskId,
  type TasksPlaced,
} from '@stowage/domain';
import type { TaskIds } from '../core/task-template';

/** The events with which the tests of this app start. */
export const CLUSTER = clusterName('sea');

export const clusterCreated: DomainEvent = {
  type: 'ClusterCreated',
  version: 1,
  cluster: CLUSTER,
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
};

/** Readable ids: `instance(3)` ends in 3. */
export const instance = (number: number): InstanceId => instanceId(number.toString(16).padStart(32, '0'));

export const ids = (count: number, first = 1): readonly TaskIds[] =>
  Array.from({ length: count }, (_, at) => ({
    task: taskId((first + at).toString(16).padStart(32, 'a')),
    container: (container) => `container-${String(first + at)}-${String(container)}`,
  }));

interface InstanceOptions {
  readonly resources?: Partial<Resources>;
  readonly attributes?: readonly InstanceAttribute[];
  readonly connected?: boolean;
}

export function registered(id: InstanceId, options: InstanceOptions = {}): readonly DomainEvent[] {
  const {
    resources,
    attributes = [{ name: 'ecs.availability-zone', value: 'us-east-1a' }],
    connected = true,
  } = options;
  const instanceRegistered: DomainEvent = {
    type: 'InstanceRegistered',
    version: 1,
    cluster: CLUSTER,
    instance: id,
    ec2InstanceId: `i-${id.slice(-8)}`,
    versionInfo: {},
    resources: { cpu: 2048, memory: 4096, ports: [22], portsUdp: [], gpus: [], ...resources },
    attributes,
    tags: [],
  };
  return connected ? [instanceRegistered, connection(id, true)] : [instanceRegistered];
}

export const connection = (id: InstanceId, connected: boolean): DomainEvent => ({
  type: 'InstanceConnectionChanged',
  version: 1,
  cluster: CLUSTER,
  instance: id,
  connected,
});

export const web: Ecs.ContainerDefinition = { name: 'web', image: 'busybox', memory: 256, cpu: 512, essential: true };

export function defined(family: string, definition: Partial<Ecs.TaskDefinition> = {}, revision = 1): DomainEvent {
  return {
    type: 'TaskDefinitionRegistered',
    version: 1,
    family,
    revision,
    definition: { containerDefinitions: [web], compatibilities: ['EXTERNAL', 'EC2'], ...definition, family },
    tags: [{ key: 'from', value: 'definition' }],
    registeredBy: 'arn:aws:iam::123456789012:root',
  };
}

/** The tasks that events place, as `instance: number`. */
export function placedOn(events: readonly TasksPlaced[]): Readonly<Record<InstanceId, number>> {
  return Object.fromEntries(events.map((event) => [event.instance, event.tasks.length]));
}
