import {
  ADDRESS_ATTRIBUTE,
  AWSLOGS_SUBSTITUTE,
  type ClusterName,
  type Ecs,
  type InstanceAttribute,
  type InstanceId,
  LOCAL_SYSLOG_ATTRIBUTE,
  type RegisteredResources,
  type RegisterRequest,
  volumeDriverAttribute,
} from '@stowage/domain';

/** Properties of Docker and of its machine. */
export interface EngineFacts {
  readonly version: string;
  /** For example `1.41`. */
  readonly apiVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** In the format of `uname -m`. */
  readonly architecture: string;
  readonly logDrivers: readonly string[];
  readonly volumeDrivers: readonly string[];
  readonly securityOptions: readonly string[];
  readonly cgroupDriver: string;
  readonly cgroupVersion: string;
  /** Address of the default bridge, if it has one. */
  readonly bridgeGateway?: string;
}

/** Log services of the machine. */
export interface LogServices {
  readonly journal: boolean;
  readonly syslog: boolean;
}

/** Properties and resources of this instance, from its configuration. */
export interface InstanceSettings {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly zone?: string;
  /** Address at which clients reach the ports of its containers. Absent on the machine of the control plane. */
  readonly address?: string;
  readonly instanceType: string;
  readonly agentVersion: string;
  /** The share of the machine's CPUs and memory that this instance offers, above 0 and at most 1. */
  readonly cpuShare: number;
  readonly memoryShare: number;
  readonly reservedMemoryMiB: number;
  readonly reservedPorts: readonly number[];
  readonly reservedPortsUdp: readonly number[];
  /** GPU ids of the NVIDIA driver. */
  readonly gpuIds: readonly string[];
  readonly customAttributes: Readonly<Record<string, string>>;
  readonly tags: readonly Ecs.Tag[];
  /** True if tasks may share namespaces (pidMode, ipcMode). */
  readonly canPause: boolean;
  /**
   * Log drivers that the operator offers. Without this list, the agent offers Docker's log drivers that work on this
   * machine.
   */
  readonly logDrivers?: readonly string[];
  readonly logServices: LogServices;
  /** Docker's plugins on this machine, loaded or not. */
  readonly plugins: readonly string[];
}

const CPU_UNITS_PER_VCPU = 1_024;
const MIB = 1024 * 1024;
const EC2_ID_DIGITS = 17;

/** Returns the registration that the agent sends at every start. */
export function registration(settings: InstanceSettings, engine: EngineFacts): RegisterRequest {
  return {
    cluster: settings.cluster,
    ec2InstanceId: `i-${settings.instance.slice(0, EC2_ID_DIGITS)}`,
    versionInfo: { agentVersion: settings.agentVersion, dockerVersion: `DockerVersion: ${engine.version}` },
    resources: instanceResources(settings, engine),
    attributes: instanceAttributes(settings, engine),
    tags: settings.tags,
  };
}

export function instanceResources(settings: InstanceSettings, engine: EngineFacts): RegisteredResources {
  const memoryMiB = Math.floor((engine.memoryBytes / MIB) * settings.memoryShare) - settings.reservedMemoryMiB;
  return {
    cpu: Math.floor(engine.cpus * CPU_UNITS_PER_VCPU * settings.cpuShare),
    memory: Math.max(0, memoryMiB),
    ports: settings.reservedPorts,
    portsUdp: settings.reservedPortsUdp,
    gpus: settings.gpuIds,
  };
}

/** Returns one built-in attribute for each feature that the agent supports, and the attributes of the operator. */
export function instanceAttributes(settings: InstanceSettings, engine: EngineFacts): readonly InstanceAttribute[] {
  return [
    ...capabilities(settings, engine).map((name) => ({ name })),
    ...(settings.zone ? [{ name: 'ecs.availability-zone', value: settings.zone }] : []),
    ...(settings.address ? [{ name: ADDRESS_ATTRIBUTE, value: settings.address }] : []),
    { name: 'ecs.instance-type', value: settings.instanceType },
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-family', value: 'LINUX' },
    { name: 'ecs.cpu-architecture', value: ecsArchitecture(engine.architecture) },
    ...Object.entries(settings.customAttributes).map(([name, value]) => ({ name, ...(value !== '' && { value }) })),
  ];
}

/** ECS's log drivers. */
export const ECS_LOG_DRIVERS = ['json-file', 'syslog', 'journald', 'gelf', 'fluentd', 'awslogs', 'splunk'];
const FIRST_API_MINOR = 17;
const LATEST = ':latest';

function capabilities(settings: InstanceSettings, engine: EngineFacts): readonly string[] {
  const security = engine.securityOptions.join(' ');
  return [
    ...apiVersions(engine.apiVersion).map((version) => `com.amazonaws.ecs.capability.docker-remote-api.${version}`),
    'com.amazonaws.ecs.capability.privileged-container',
    ...logDrivers(settings, engine).map((driver) => `com.amazonaws.ecs.capability.logging-driver.${driver}`),
    ...(settings.logServices.syslog ? [LOCAL_SYSLOG_ATTRIBUTE] : []),
    ...(security.includes('selinux') ? ['com.amazonaws.ecs.capability.selinux'] : []),
    ...(security.includes('apparmor') ? ['com.amazonaws.ecs.capability.apparmor'] : []),
    'com.amazonaws.ecs.capability.ecr-auth',
    'ecs.capability.execution-role-awslogs',
    'ecs.capability.execution-role-ecr-pull',
    'ecs.capability.container-health-check',
    'ecs.capability.container-ordering',
    'ecs.capability.container-restart-policy',
    'ecs.capability.network.container-port-range',
    'ecs.capability.full-sync',
    'ecs.capability.increased-task-cpu-limit',
    'ecs.capability.task-cpu-mem-limit',
    ...(settings.canPause ? ['ecs.capability.pid-ipc-namespace-sharing'] : []),
    ...volumeDrivers(settings, engine).map(volumeDriverAttribute),
  ];
}

/** A plugin that Docker manages has a tag. A definition without a tag means `latest`. */
function volumeDrivers({ plugins }: InstanceSettings, engine: EngineFacts): readonly string[] {
  const names = [...engine.volumeDrivers, ...plugins];
  return [
    ...new Set(names.flatMap((name) => (name.endsWith(LATEST) ? [name, name.slice(0, -LATEST.length)] : [name]))),
  ];
}

/** Docker lists every driver that it has, even if the service that the driver writes to is missing. */
function logDrivers({ logDrivers: chosen, logServices }: InstanceSettings, engine: EngineFacts): readonly string[] {
  if (chosen) return chosen;
  return ECS_LOG_DRIVERS.filter((driver) => {
    if (driver === 'awslogs') return engine.logDrivers.includes(AWSLOGS_SUBSTITUTE);
    return engine.logDrivers.includes(driver) && (driver !== 'journald' || logServices.journal);
  });
}

/** Returns the versions from 1.17 up to `version`, for example `1.41`, because Docker supports every older version. */
function apiVersions(newest: string): readonly string[] {
  const minor = Number(newest.split('.')[1]);
  if (!Number.isInteger(minor)) return [];
  const count = Math.max(0, minor - FIRST_API_MINOR + 1);
  return Array.from({ length: count }, (_, index) => `1.${String(FIRST_API_MINOR + index)}`);
}

function ecsArchitecture(machine: string): string {
  return machine === 'aarch64' || machine === 'arm64' ? 'arm64' : 'x86_64';
}
