import type { ClusterCreated } from '../cluster/records/cluster';
import type { InstanceRegistered, TasksPlaced } from '../container-instance/records/container-instance';
import { clusterName, instanceId, taskId } from '../ids';
import { NO_RESOURCES } from '../resources';
import type { DeploymentStarted, ServiceCreated } from '../service/records/service-events';
import type { PlacedTask } from '../task/records/task';
import type { TaskDefinitionRegistered } from '../task-definition/records/task-definition';

/** A cluster as CreateCluster creates it with only a name. */
export const clusterCreated = (cluster: string): ClusterCreated => ({
  type: 'ClusterCreated',
  version: 1,
  cluster: clusterName(cluster),
  settings: [{ name: 'containerInsights', value: 'disabled' }],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
});

/** An instance with two vCPUs and 4 GiB that reserves port 22. */
export const instanceRegistered = (cluster: string, instance: string): InstanceRegistered => ({
  type: 'InstanceRegistered',
  version: 1,
  cluster: clusterName(cluster),
  instance: instanceId(instance),
  ec2InstanceId: `i-${instance}`,
  versionInfo: { agentVersion: '1.0.0', dockerVersion: 'DockerVersion: 20.10.25' },
  resources: { cpu: 2048, memory: 4096, ports: [22], portsUdp: [], gpus: [] },
  attributes: [{ name: 'ecs.availability-zone', value: 'us-east-1a' }],
  tags: [],
});

/** One-container tasks of revision 1 of the family `web`. */
export const tasksPlaced = (cluster: string, instance: string, tasks: readonly string[]): TasksPlaced => ({
  type: 'TasksPlaced',
  version: 1,
  cluster: clusterName(cluster),
  instance: instanceId(instance),
  tasks: tasks.map(placed),
});

const placed = (id: string): PlacedTask => ({
  id: taskId(id),
  taskDefinition: { family: 'web', revision: 1 },
  containers: [
    { id: `${id}-c`, name: 'web', image: 'busybox', cpu: '0', memory: '32', essential: true, hasHealthCheck: false },
  ],
  overrides: {},
  resources: { ...NO_RESOURCES, memory: 32 },
  cpu: '0',
  memory: '32',
  group: 'family:web',
  launchType: 'EC2',
  tags: [],
  enableExecuteCommand: false,
});

/** A revision with one container of 32 MiB. */
export const taskDefinitionRegistered = (family: string, revision: number): TaskDefinitionRegistered => ({
  type: 'TaskDefinitionRegistered',
  version: 1,
  family,
  revision,
  definition: { family, containerDefinitions: [{ name: 'web', image: 'busybox', memory: 32, essential: true }] },
  tags: [],
  registeredBy: 'arn:aws:iam::123456789012:root',
});

/** CreateService's default settings. */
export const SERVICE_SETTINGS: ServiceCreated['settings'] = {
  deploymentConfiguration: {
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deploymentCircuitBreaker: { enable: false, rollback: false },
  },
  placementConstraints: [],
  placementStrategy: [],
  availabilityZoneRebalancing: 'DISABLED',
  enableECSManagedTags: false,
  propagateTags: 'NONE',
};

/** A service with one task. */
export const serviceCreated = (cluster: string, service: string): ServiceCreated => ({
  type: 'ServiceCreated',
  version: 1,
  cluster: clusterName(cluster),
  service,
  settings: SERVICE_SETTINGS,
  schedulingStrategy: 'REPLICA',
  desiredCount: 1,
  tags: [],
  createdBy: 'root',
});

/** Its first deployment, with the first revision of `family`. */
export const deploymentStarted = (cluster: string, service: string, family: string): DeploymentStarted => ({
  type: 'DeploymentStarted',
  version: 1,
  cluster: clusterName(cluster),
  service,
  deployment: 'ecs-svc/1',
  revision: { id: '1', taskDefinition: { family, revision: 1 }, launchType: 'EC2' },
  serviceDeployment: 'first',
  reason: 'created',
  messages: [],
});
