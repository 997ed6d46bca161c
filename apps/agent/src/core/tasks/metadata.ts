import {
  type DesiredStatus,
  type Ecs,
  type EpochMs,
  logLocation,
  logStreamName,
  type TaskReport,
} from '@stowage/domain';
import type { ContainerInspect } from '../containers/docker-json';
import { type ContainerFacts, factsOf, type TaskFacts } from '../containers/facts';
import { networkBindings } from '../networks/network-bindings';
import type { ContainerPlan, TaskPlan } from './task-plan';

/** The source of the task metadata endpoint: the agent's state of one task. */
export interface TaskView {
  readonly plan: TaskPlan;
  readonly facts: TaskFacts;
  readonly desired: DesiredStatus;
  readonly report: Omit<TaskReport, 'seen'>;
}

const CPU_UNITS_PER_VCPU = 1_024;

/**
 * Returns the response of `${ECS_CONTAINER_METADATA_URI_V4}`: one container, with the names of ECS's endpoint version
 * 4.
 */
export function containerMetadata(
  { plan, facts, desired, report }: TaskView,
  container: ContainerPlan,
  inspect: ContainerInspect | undefined,
): Readonly<Record<string, unknown>> {
  const { definition } = container;
  const seen = factsOf(facts, container.name);
  const reported = report.containers.find(({ name }) => name === container.name);
  const arn = plan.item.containers.find(({ name }) => name === container.name)?.arn;
  return {
    ...(inspect && { DockerId: inspect.Id }),
    Name: container.name,
    DockerName: container.dockerName,
    Image: container.image,
    ImageID: inspect?.Image ?? seen.image?.id ?? '',
    ...(inspect && { Labels: inspect.Config.Labels ?? {} }),
    DesiredStatus: desired,
    KnownStatus: reported?.lastStatus ?? 'PENDING',
    ...(reported?.exitCode !== undefined && { ExitCode: reported.exitCode }),
    Limits: { CPU: definition.cpu ?? 0, ...(definition.memory && { Memory: definition.memory }) },
    ...(inspect && { CreatedAt: inspect.Created }),
    ...times(seen),
    Type: 'NORMAL',
    ...(inspect && log(plan, container, inspect)),
    ...(arn && { ContainerARN: arn }),
    ...(inspect && { Networks: networks(inspect) }),
    ...ports(networkBindings(plan, container, inspect?.NetworkSettings.Ports ?? null)),
    ...(definition.healthCheck && { Health: health(seen, inspect) }),
    ...(inspect && inspect.Mounts.length > 0 && { Volumes: inspect.Mounts.map(volume) }),
    ...(container.restartPolicy && { RestartCount: seen.restarts }),
  };
}

/** Returns the response of `${ECS_CONTAINER_METADATA_URI_V4}/task`. */
export function taskMetadata(
  { plan, facts, desired, report }: TaskView,
  containers: readonly Readonly<Record<string, unknown>>[],
): Readonly<Record<string, unknown>> {
  const { item, limits } = plan;
  return {
    Cluster: item.cluster,
    TaskARN: item.taskArn,
    Family: item.taskDefinition.family,
    Revision: String(item.taskDefinition.revision),
    ...(item.service && { ServiceName: item.service }),
    DesiredStatus: desired,
    KnownStatus: report.lastStatus,
    ...((limits.cpu ?? limits.memoryMiB) !== undefined && {
      Limits: {
        ...(limits.cpu && { CPU: limits.cpu / CPU_UNITS_PER_VCPU }),
        ...(limits.memoryMiB && { Memory: limits.memoryMiB }),
      },
    }),
    ...(facts.pullStartedAt && { PullStartedAt: iso(facts.pullStartedAt) }),
    ...(facts.pullStoppedAt && { PullStoppedAt: iso(facts.pullStoppedAt) }),
    ...(facts.executionStoppedAt && { ExecutionStoppedAt: iso(facts.executionStoppedAt) }),
    ...(item.availabilityZone && { AvailabilityZone: item.availabilityZone }),
    LaunchType: 'EC2',
    Containers: containers,
  };
}

function times({ observed }: ContainerFacts): Readonly<Record<string, string>> {
  return {
    ...(observed?.startedAt && { StartedAt: iso(observed.startedAt) }),
    ...(observed?.finishedAt && { FinishedAt: iso(observed.finishedAt) }),
  };
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** The log options of the definition, with the name of the stream. The driver that replaces `awslogs` is not shown. */
function log(
  { item }: TaskPlan,
  { name, definition }: ContainerPlan,
  { Id, HostConfig }: ContainerInspect,
): Readonly<Record<string, unknown>> {
  const location = logLocation(definition);
  const { Type, Config } = HostConfig.LogConfig;
  if (!location) return { LogDriver: Type, ...(Config && Object.keys(Config).length > 0 && { LogOptions: Config }) };
  const { 'awslogs-stream-prefix': _prefix, ...options } = definition.logConfiguration?.options ?? {};
  const stream = logStreamName(location, { container: name, task: item.task, runtimeId: Id });
  return { LogDriver: 'awslogs', LogOptions: { ...options, 'awslogs-stream': stream } };
}

function networks({ HostConfig, NetworkSettings }: ContainerInspect): readonly Readonly<Record<string, unknown>>[] {
  const addresses = Object.values(NetworkSettings.Networks ?? {})
    .map(({ IPAddress }) => IPAddress)
    .filter((address) => address !== '');
  const mode = HostConfig.NetworkMode === 'default' ? 'bridge' : HostConfig.NetworkMode;
  return [{ NetworkMode: mode, IPv4Addresses: addresses }];
}

function ports(bindings: readonly Ecs.NetworkBinding[]): Readonly<Record<string, unknown>> {
  if (bindings.length === 0) return {};
  return {
    Ports: bindings.map((binding) => ({
      ...(binding.containerPort !== undefined && { ContainerPort: binding.containerPort, HostPort: binding.hostPort }),
      ...(binding.containerPortRange && {
        ContainerPortRange: binding.containerPortRange,
        HostPortRange: binding.hostPortRange,
      }),
      Protocol: binding.protocol,
      HostIp: binding.bindIP,
    })),
  };
}

function health(seen: ContainerFacts, inspect: ContainerInspect | undefined): Readonly<Record<string, unknown>> {
  const last = inspect?.State.Health?.Log?.at(-1);
  return {
    status: seen.observed?.health ?? 'UNKNOWN',
    ...(last && { statusSince: last.End, output: last.Output }),
  };
}

function volume({ Name, Source, Destination }: ContainerInspect['Mounts'][number]): Readonly<Record<string, unknown>> {
  return { ...(Name && { DockerName: Name }), Source, Destination };
}
