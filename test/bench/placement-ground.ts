import {
  type ClusterName,
  clusterName,
  type DomainEvent,
  instanceId,
  type InstanceId,
  type Random,
  seededRandom,
  taskId,
} from '@stowage/domain';

export const BENCH_CLUSTER = clusterName('bench');
const ZONES = 3;
const TYPES = 4;
const ID_DIGITS = 32;

/** A cluster with `size` instances. */
export function groundOf(cluster: ClusterName, instances: number): readonly DomainEvent[] {
  const ids = idsOf(instances, seededRandom(instances));
  return [clusterCreated(cluster), ...ids.flatMap((id, at) => instanceComes(cluster, id, at))];
}

export const clusterCreated = (cluster: ClusterName): DomainEvent => ({
  type: 'ClusterCreated',
  version: 1,
  cluster,
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
});

export const definitionRegistered: DomainEvent = {
  type: 'TaskDefinitionRegistered',
  version: 1,
  family: 'app',
  revision: 1,
  definition: {
    family: 'app',
    containerDefinitions: [{ name: 'web', image: 'busybox', cpu: 1, memory: 4, essential: true }],
    compatibilities: ['EXTERNAL', 'EC2'],
  },
  tags: [],
  registeredBy: 'root',
};

export function idsOf(count: number, random: Random): readonly InstanceId[] {
  const digits = (): string => Array.from({ length: ID_DIGITS }, () => random.below(16).toString(16)).join('');
  return Array.from({ length: count }, () => instanceId(digits()));
}

/** A container instance in one of three zones, with one of four types. */
function instanceComes(cluster: ClusterName, id: InstanceId, at: number): readonly DomainEvent[] {
  const about = { version: 1, cluster, instance: id } as const;
  return [
    {
      ...about,
      type: 'InstanceRegistered',
      ec2InstanceId: `i-${id.slice(0, 17)}`,
      versionInfo: { agentVersion: '1.0.0' },
      resources: { cpu: 16_384, memory: 65_536, ports: [22], portsUdp: [], gpus: [] },
      attributes: [
        { name: 'ecs.availability-zone', value: `zone-${String(at % ZONES)}` },
        { name: 'type', value: `t${String(at % TYPES)}` },
      ],
      tags: [],
    },
    { ...about, type: 'InstanceConnectionChanged', connected: true },
  ];
}

export function taskPlaced(number: number, instance: InstanceId, group: string): DomainEvent {
  const container = { id: `c${String(number)}`, name: 'web', image: 'busybox', cpu: '64', memory: '128' };
  return {
    type: 'TasksPlaced',
    version: 1,
    cluster: BENCH_CLUSTER,
    instance,
    tasks: [
      {
        id: taskId(number.toString(16).padStart(ID_DIGITS, '0')),
        taskDefinition: { family: 'app', revision: 1 },
        containers: [{ ...container, essential: true, hasHealthCheck: false }],
        overrides: {},
        resources: { cpu: 64, memory: 128, ports: [], portsUdp: [], gpus: [] },
        cpu: '64',
        memory: '128',
        group,
        launchType: 'EC2',
        tags: [],
        enableExecuteCommand: false,
      },
    ],
  };
}
