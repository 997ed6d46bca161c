import {
  type ClusterName,
  clusterName,
  type DomainEvent,
  type Ecs,
  type EpochMs,
  type InstanceId,
  instanceId,
  NO_RESOURCES,
  type ServiceKey,
  serviceKey,
  type Task,
  type TaskId,
  taskId,
} from '@stowage/domain';

/** Histories for this app's tests. */
export const CLUSTER: ClusterName = clusterName('sea');
export const SERVICE = 'web';
export const KEY: ServiceKey = serviceKey(CLUSTER, SERVICE);

const about = { version: 1, cluster: CLUSTER } as const;
const ofService = { ...about, service: SERVICE } as const;

export const instance = (number: number): InstanceId => instanceId(`i${String(number)}`);
export const task = (number: number): TaskId => taskId(`t${String(number).padStart(3, '0')}`);
export const deployment = (number: number): string => `ecs-svc/${String(number)}`;

/**
 * Returns the events of a cluster with a family of two revisions, and of `instances` instances in three zones in turn.
 */
export function clusterEvents(instances = 1): readonly DomainEvent[] {
  return [
    {
      ...about,
      type: 'ClusterCreated',
      settings: [],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
      tags: [],
    },
    ...[1, 2].map((revision): DomainEvent => ({
      type: 'TaskDefinitionRegistered',
      version: 1,
      family: 'web',
      revision,
      definition: {
        family: 'web',
        containerDefinitions: [{ name: 'web', image: `web:${String(revision)}`, memory: 64, essential: true }],
      },
      tags: [],
      registeredBy: 'arn:aws:iam::123456789012:root',
    })),
    ...Array.from({ length: instances }, (_, at) => registered(at)).flat(),
  ];
}

export function registered(number: number): readonly DomainEvent[] {
  const id = instance(number);
  return [
    {
      ...about,
      type: 'InstanceRegistered',
      instance: id,
      ec2InstanceId: `i-${id}`,
      versionInfo: {},
      resources: { ...NO_RESOURCES, cpu: 4096, memory: 8192 },
      attributes: [{ name: 'ecs.availability-zone', value: `us-east-1${'abc'[number % 3] ?? 'a'}` }],
      tags: [],
    },
    { ...about, type: 'InstanceConnectionChanged', instance: id, connected: true },
  ];
}

interface Created {
  readonly desiredCount: number;
  readonly minimumHealthyPercent?: number;
  readonly maximumPercent?: number;
  readonly breaker?: Ecs.DeploymentCircuitBreaker;
  readonly daemon?: boolean;
}

export function created(options: Created): readonly DomainEvent[] {
  const { desiredCount, minimumHealthyPercent = 100, maximumPercent = 200, breaker, daemon = false } = options;
  return [
    {
      ...ofService,
      type: 'ServiceCreated',
      settings: {
        deploymentConfiguration: {
          minimumHealthyPercent,
          maximumPercent,
          deploymentCircuitBreaker: breaker ?? { enable: false, rollback: false },
        },
        placementConstraints: [],
        placementStrategy: [],
        availabilityZoneRebalancing: 'DISABLED',
        enableECSManagedTags: false,
        propagateTags: 'NONE',
      },
      schedulingStrategy: daemon ? 'DAEMON' : 'REPLICA',
      desiredCount,
      tags: [],
      createdBy: 'arn:aws:iam::123456789012:root',
    },
    started(1),
  ];
}

/** Deployment `number`, of revision `number` of the family (at most 2). */
export function started(number: number, reason: 'created' | 'updated' | 'forced' = 'created'): DomainEvent {
  return {
    ...ofService,
    type: 'DeploymentStarted',
    deployment: deployment(number),
    revision: {
      id: `r${String(number)}`,
      taskDefinition: { family: 'web', revision: Math.min(number, 2) },
      launchType: 'EC2',
    },
    serviceDeployment: `d${String(number)}`,
    reason,
    messages: [],
  };
}

export const completed = (number: number): DomainEvent => ({
  ...ofService,
  type: 'DeploymentCompleted',
  deployment: deployment(number),
  serviceDeployment: `d${String(number)}`,
  messages: [],
});

interface Placed {
  readonly deployment?: number;
  readonly on?: number;
  readonly hasHealthCheck?: boolean;
  /** Service of the task. An explicit `undefined` is a task without a service. */
  readonly service?: string | undefined;
}

export function placed(ids: readonly TaskId[], options: Placed = {}): DomainEvent {
  const { deployment: number = 1, on = 0, hasHealthCheck = false } = options;
  const service = 'service' in options ? options.service : SERVICE;
  return {
    ...about,
    type: 'TasksPlaced',
    instance: instance(on),
    tasks: ids.map((id) => ({
      id,
      taskDefinition: { family: 'web', revision: Math.min(number, 2) },
      containers: [
        { id: `${id}-c`, name: 'web', image: 'web', cpu: '0', memory: '64', essential: true, hasHealthCheck },
      ],
      overrides: {},
      resources: { ...NO_RESOURCES, memory: 64 },
      cpu: '0',
      memory: '64',
      group: `service:${SERVICE}`,
      launchType: 'EC2',
      startedBy: deployment(number),
      tags: [],
      enableExecuteCommand: false,
      availabilityZone: `us-east-1${'abc'[on % 3] ?? 'a'}`,
      ...(service !== undefined && { service: { name: service, deployment: deployment(number) } }),
    })),
  };
}

type OnTask = Pick<Task, 'id' | 'instance'>;

export const running = (
  { id, instance: on }: OnTask,
  healthStatus?: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN',
): DomainEvent => ({
  ...about,
  type: 'TaskProgressed',
  instance: on,
  task: id,
  lastStatus: 'RUNNING',
  containers: [{ name: 'web', lastStatus: 'RUNNING', ...(healthStatus && { healthStatus }) }],
});

export const stopRequested = ({ id, instance: on }: OnTask): DomainEvent => ({
  ...about,
  type: 'TaskStopRequested',
  instance: on,
  task: id,
  stopCode: 'UserInitiated',
  stoppedReason: 'Task stopped by user',
});

export const stopped = ({ id, instance: on }: OnTask, neverRan = false): DomainEvent => ({
  ...about,
  type: 'TaskStopped',
  instance: on,
  task: id,
  containers: [],
  stopCode: neverRan ? 'TaskFailedToStart' : 'EssentialContainerExited',
  stoppedReason: 'It is over',
});

export const protectedUntil = ({ id, instance: on }: OnTask, until: EpochMs): DomainEvent => ({
  ...about,
  type: 'TaskProtectionSet',
  instance: on,
  task: id,
  protectedUntil: until,
});

export const draining = (number: number): DomainEvent => ({
  ...about,
  type: 'InstanceStatusChanged',
  instance: instance(number),
  status: 'DRAINING',
});
