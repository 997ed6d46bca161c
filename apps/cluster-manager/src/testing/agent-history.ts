import {
  clusterName,
  type DomainEvent,
  type InstanceId,
  instanceId,
  type PlacedTask,
  type RegisterRequest,
  type TaskId,
  taskId,
} from '@stowage/domain';

/** Initial histories of the tests about agents. */
export const CLUSTER = clusterName('sea');
export const INSTANCE = instanceId('1'.repeat(32));
export const TASK = taskId('a'.repeat(32));

export const clusterCreated: DomainEvent = {
  type: 'ClusterCreated',
  version: 1,
  cluster: CLUSTER,
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
};

export const registerRequest: RegisterRequest = {
  cluster: CLUSTER,
  ec2InstanceId: 'i-1',
  versionInfo: { agentVersion: '1' },
  resources: { cpu: 2048, memory: 4096, ports: [22], portsUdp: [], gpus: ['gpu-a', 'gpu-b'] },
  attributes: [
    { name: 'com.amazonaws.ecs.capability.privileged-container' },
    { name: 'ecs.instance-type', value: 'machine' },
    { name: 'rack', value: '7' },
  ],
  tags: [],
};

export function registered(instance: InstanceId = INSTANCE): DomainEvent {
  const { ec2InstanceId, versionInfo, resources, attributes, tags } = registerRequest;
  const what = { ec2InstanceId, versionInfo, resources, attributes, tags };
  return { type: 'InstanceRegistered', version: 1, cluster: CLUSTER, instance, ...what };
}

export const connected = (instance: InstanceId = INSTANCE): DomainEvent => ({
  type: 'InstanceConnectionChanged',
  version: 1,
  cluster: CLUSTER,
  instance,
  connected: true,
});

export const defined: DomainEvent = {
  type: 'TaskDefinitionRegistered',
  version: 1,
  family: 'app',
  revision: 1,
  definition: { family: 'app', containerDefinitions: [{ name: 'web', image: 'busybox', memory: 64 }] },
  tags: [],
  registeredBy: 'arn:aws:iam::123456789012:root',
};

function placedTask(id: TaskId): PlacedTask {
  const container = { cpu: '0', memory: '64', hasHealthCheck: false, image: 'busybox' };
  return {
    id,
    taskDefinition: { family: 'app', revision: 1 },
    containers: [
      { ...container, id: 'c1', name: 'web', essential: true, gpuIds: ['gpu-a'], pinnedDigest: 'sha256:a' },
      { ...container, id: 'c2', name: 'log', essential: false },
    ],
    overrides: {},
    resources: { cpu: 512, memory: 128, ports: [80], portsUdp: [], gpus: ['gpu-a'] },
    cpu: '512',
    memory: '128',
    group: 'family:app',
    launchType: 'EC2',
    tags: [],
    enableExecuteCommand: false,
  };
}

export const placed = (id: TaskId = TASK, instance: InstanceId = INSTANCE): DomainEvent => ({
  type: 'TasksPlaced',
  version: 1,
  cluster: CLUSTER,
  instance,
  tasks: [placedTask(id)],
});

export const stopRequested = (id: TaskId = TASK): DomainEvent => ({
  type: 'TaskStopRequested',
  version: 1,
  cluster: CLUSTER,
  instance: INSTANCE,
  task: id,
  stopCode: 'UserInitiated',
  stoppedReason: 'enough',
});
