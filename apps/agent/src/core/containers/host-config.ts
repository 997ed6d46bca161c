import type { Ecs } from '@stowage/domain';
import type { HostConfig } from './docker-json';
import type { HostFacts } from './host-facts';
import { logConfig } from './log-config';
import { binds, mounts, tmpfs, volumesFrom } from './mounts';
import { portBindings } from '../networks/port-bindings';
import { type ContainerPlan, dockerNameOf, linkTarget, type TaskLimits, type TaskPlan } from '../tasks/task-plan';

const MIB = 1024 * 1024;
/** The least number of CPU shares that Linux accepts (ecs-api 5.17). It replaces 0 and 1. */
const CPU_SHARES_MIN = 2;
const CPU_SHARES_MAX = 262_144;
const CPU_PERIOD_US = 100_000;
const CPU_UNITS_PER_VCPU = 1_024;

/** Returns the part of the create request that connects a container to its host. */
export function hostConfig(plan: TaskPlan, container: ContainerPlan, host: HostFacts): HostConfig {
  const { definition } = container;
  const ports = portBindings(plan, container, host);
  return {
    ...filled('Binds', binds(plan, container)),
    ...filled('Mounts', mounts(plan, container)),
    ...filled('VolumesFrom', volumesFrom(plan, container)),
    ...(host.cgroupParent && { CgroupParent: host.cgroupParent }),
    ...sizes(definition, host.limitEachContainer ? plan.limits : {}),
    ...network(plan, container),
    ...namespaces(plan),
    ...(ports && { PortBindings: ports }),
    ...(definition.logConfiguration && { LogConfig: logConfig(definition.logConfiguration, host) }),
    ...(definition.privileged && { Privileged: true }),
    ...(definition.readonlyRootFilesystem && { ReadonlyRootfs: true }),
    ...filled('SecurityOpt', definition.dockerSecurityOptions),
    ...filled('Ulimits', definition.ulimits?.map(ulimit)),
    ...(definition.systemControls && definition.systemControls.length > 0 && { Sysctls: sysctls(definition) }),
    ...linuxParameters(definition.linuxParameters),
    ...filled('DeviceRequests', gpuRequests(container)),
  };
}

/**
 * Requests GPUs as `docker run --gpus` does. The NVIDIA driver handles the request and sets the GPUs that the container
 * sees.
 */
function gpuRequests({ gpuIds }: ContainerPlan): HostConfig['DeviceRequests'] {
  return gpuIds.length > 0 ? [{ DeviceIDs: gpuIds, Capabilities: [['gpu']] }] : [];
}

function filled<Key extends string, T>(
  key: Key,
  list: readonly T[] | undefined,
): Partial<Record<Key, readonly T[]>> | undefined {
  return list && list.length > 0 ? ({ [key]: list } as Record<Key, readonly T[]>) : undefined;
}

type Sizes = Pick<
  HostConfig,
  'CpuShares' | 'CpuPeriod' | 'CpuQuota' | 'Memory' | 'MemoryReservation' | 'MemorySwap' | 'MemorySwappiness'
>;

function sizes(definition: Ecs.ContainerDefinition, limits: TaskLimits): Sizes {
  const memory = least(definition.memory, limits.memoryMiB);
  const { maxSwap, swappiness } = definition.linuxParameters ?? {};
  return {
    CpuShares: Math.min(Math.max(definition.cpu ?? 0, CPU_SHARES_MIN), CPU_SHARES_MAX),
    ...(limits.cpu && {
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: Math.round((limits.cpu / CPU_UNITS_PER_VCPU) * CPU_PERIOD_US),
    }),
    ...(memory && { Memory: memory * MIB }),
    ...(definition.memoryReservation && { MemoryReservation: definition.memoryReservation * MIB }),
    // Docker's limit is the sum of memory and swap. Without maxSwap Docker's default applies, as on ECS.
    ...(memory && maxSwap !== undefined && { MemorySwap: (memory + maxSwap) * MIB }),
    ...(maxSwap !== undefined && swappiness !== undefined && { MemorySwappiness: swappiness }),
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (!a || !b) return a || b;
  return Math.min(a, b);
}

function network(
  plan: TaskPlan,
  { definition }: ContainerPlan,
): Pick<HostConfig, 'NetworkMode' | 'Links' | 'Dns' | 'DnsSearch' | 'ExtraHosts'> {
  return {
    NetworkMode: plan.networkMode,
    ...filled(
      'Links',
      definition.links?.map((link) => dockerLink(plan, link)),
    ),
    ...filled('Dns', definition.dnsServers),
    ...filled('DnsSearch', definition.dnsSearchDomains),
    ...filled(
      'ExtraHosts',
      definition.extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
    ),
  };
}

/** ECS refers to a container by its name in the definition, and Docker by its own name for the container. */
function dockerLink(plan: TaskPlan, link: string): string {
  const target = linkTarget(link);
  const alias = link.includes(':') ? link.slice(target.length + 1) : target;
  return `${dockerNameOf(plan, target)}:${alias}`;
}

/** With `task`, the containers share the namespace that the pause container of the task holds. */
function namespaces({ pidMode, ipcMode, pauseName }: TaskPlan): Pick<HostConfig, 'PidMode' | 'IpcMode'> {
  const shared = `container:${pauseName ?? ''}`;
  return {
    ...(pidMode && { PidMode: pidMode === 'task' ? shared : pidMode }),
    ...(ipcMode && { IpcMode: ipcMode === 'task' ? shared : ipcMode }),
  };
}

function ulimit({ name, softLimit, hardLimit }: Ecs.Ulimit): NonNullable<HostConfig['Ulimits']>[number] {
  return { Name: name, Soft: softLimit, Hard: hardLimit };
}

function sysctls({ systemControls = [] }: Ecs.ContainerDefinition): Readonly<Record<string, string>> {
  return Object.fromEntries(systemControls.map(({ namespace, value }) => [namespace ?? '', value ?? '']));
}

const DEVICE_PERMISSIONS = { read: 'r', write: 'w', mknod: 'm' } as const;
const ALL_PERMISSIONS = 'rwm';

function linuxParameters(
  parameters: Ecs.LinuxParameters | undefined,
): Pick<HostConfig, 'CapAdd' | 'CapDrop' | 'Devices' | 'Init' | 'ShmSize' | 'Tmpfs'> {
  if (!parameters) return {};
  return {
    ...filled('CapAdd', parameters.capabilities?.add),
    ...filled('CapDrop', parameters.capabilities?.drop),
    ...filled('Devices', parameters.devices?.map(device)),
    ...(parameters.initProcessEnabled && { Init: true }),
    ...(parameters.sharedMemorySize && { ShmSize: parameters.sharedMemorySize * MIB }),
    ...(parameters.tmpfs && parameters.tmpfs.length > 0 && { Tmpfs: tmpfs(parameters.tmpfs) }),
  };
}

function device({ hostPath, containerPath, permissions }: Ecs.Device): NonNullable<HostConfig['Devices']>[number] {
  const given = (permissions ?? []).map((permission) => DEVICE_PERMISSIONS[permission]).join('');
  return {
    PathOnHost: hostPath,
    PathInContainer: containerPath ?? hostPath,
    CgroupPermissions: given || ALL_PERMISSIONS,
  };
}
