import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsIn,
  IsInt,
  IsIP,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { INSTANCE_GPUS_MAX } from '@stowage/domain';
import { commaSeparated, LOG_LEVELS, type LogLevel } from '@stowage/runtime';
import { ECS_LOG_DRIVERS } from './core/registration';
import { PULL_BEHAVIORS, type PullBehavior } from './core/pull-policy';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const PORT_MAX = 65_535;

const GPU_ID_PATTERN = /^[A-Za-z0-9_.:/=-]{1,128}$/;

const ports = ({ value }: { readonly value: unknown }): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .filter((part) => part.trim() !== '')
        .map(Number)
    : value;

/** A JSON object in the environment. What is no JSON stays text, which the validation then names. */
const json = ({ value }: { readonly value: unknown }): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/**
 * What an agent is told, each member from the environment variable `STOWAGE_` and its name in capitals: `agentZone` from
 * `STOWAGE_AGENT_ZONE`. `stowage agent` sets the common ones from its options.
 */
export class AgentConfig {
  /** Where it keeps its identity and its tasks; one directory an agent. */
  @IsString()
  @MinLength(1)
  agentDataDir = resolve('.stowage', 'agent');

  @IsIn(LOG_LEVELS)
  logLevel: LogLevel = 'info';

  /** The attribute `ecs.availability-zone`. */
  @IsOptional()
  @Matches(/^[a-z0-9-]+$/)
  agentZone?: string;

  /** The attribute `ecs.instance-type`. */
  @Matches(/^[A-Za-z0-9._-]{1,128}$/)
  agentInstanceType = 'stowage.host';

  /** The address on which containers' ports are bound; several agents on one machine each have their own. */
  @IsIP(4)
  agentBindIp = '0.0.0.0';

  /** The part of the machine's CPUs that this instance gives. */
  @IsNumber()
  @Min(0.001)
  @Max(1)
  agentCpuShare = 1;

  /** The part of the machine's memory that this instance gives. */
  @IsNumber()
  @Min(0.001)
  @Max(1)
  agentMemoryShare = 1;

  /** MiB kept back from what is given (ECS_RESERVED_MEMORY). */
  @IsInt()
  @Min(0)
  agentReservedMemoryMib = 0;

  /** ECS_RESERVED_PORTS, comma-separated. */
  @Transform(ports)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(PORT_MAX, { each: true })
  agentReservedPorts: readonly number[] = [22, 2375, 2376, 51678, 51679];

  /** ECS_RESERVED_PORTS_UDP, comma-separated. */
  @Transform(ports)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(PORT_MAX, { each: true })
  agentReservedPortsUdp: readonly number[] = [];

  /** The GPUs that this instance gives, comma-separated: UUIDs of `nvidia-smi -L`, or indexes. Docker needs NVIDIA's runtime. */
  @Transform(commaSeparated)
  @ArrayUnique()
  @ArrayMaxSize(INSTANCE_GPUS_MAX)
  @Matches(GPU_ID_PATTERN, { each: true })
  agentGpuIds: readonly string[] = [];

  /** ECS_INSTANCE_ATTRIBUTES: a JSON object of texts. */
  @Transform(json)
  @IsObject()
  agentInstanceAttributes: Readonly<Record<string, string>> = {};

  /** ECS_CONTAINER_INSTANCE_TAGS: a JSON object of texts. */
  @Transform(json)
  @IsObject()
  agentInstanceTags: Readonly<Record<string, string>> = {};

  /** ECS_AVAILABLE_LOGGING_DRIVERS, comma-separated; without it, every driver of Docker that works on this machine. */
  @IsOptional()
  @Transform(commaSeparated)
  @IsIn(ECS_LOG_DRIVERS, { each: true })
  agentLogDrivers?: readonly string[];

  /** The log of a container with the driver `awslogs` is kept in at most this number of files. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  agentAwslogsFiles = 5;

  /** The size in MiB at which the next of these files is begun. */
  @IsInt()
  @Min(1)
  @Max(10_000)
  agentAwslogsFileMib = 20;

  /** ECS_IMAGE_PULL_BEHAVIOR. */
  @IsIn(PULL_BEHAVIORS)
  agentImagePullBehavior: PullBehavior = 'default';

  /** ECS_ENGINE_AUTH_TYPE. */
  @IsIn(['dockercfg', 'docker'])
  agentEngineAuthType: 'dockercfg' | 'docker' = 'dockercfg';

  /** A file with what ECS_ENGINE_AUTH_DATA holds: secrets stay out of the environment. It is read again for each pull. */
  @IsOptional()
  @IsString()
  agentEngineAuthFile?: string;

  /** The folder where `docker login` of the agent's user writes; its logins and credential helpers are used as well. */
  @IsString()
  agentDockerConfigDir = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');

  /** A registry that failed is not asked for the same image again for so long, when the image is on this host. */
  @IsInt()
  @Min(0)
  agentPullFailureReuseMs = MINUTE_MS;

  /** ECS_CONTAINER_STOP_TIMEOUT: from SIGTERM to SIGKILL. */
  @IsInt()
  @Min(SECOND_MS)
  agentContainerStopTimeoutMs = 30 * SECOND_MS;

  /** ECS_CONTAINER_START_TIMEOUT: how long Docker may take to start a container. */
  @IsInt()
  @Min(10)
  agentContainerStartTimeoutMs = 3 * MINUTE_MS;

  /** ECS_CONTAINER_CREATE_TIMEOUT. */
  @IsInt()
  @Min(10)
  agentContainerCreateTimeoutMs = 4 * MINUTE_MS;

  /** How long one pull may take. */
  @IsInt()
  @Min(10)
  agentImagePullTimeoutMs = 2 * HOUR_MS;

  /** ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: how long a stopped task's containers and volumes stay. */
  @IsInt()
  @Min(0)
  agentTaskCleanupWaitMs = 3 * HOUR_MS;

  /** How often it is looked what is to be cleaned up. */
  @IsInt()
  @Min(10)
  agentCleanupPeriodMs = MINUTE_MS;

  /** ECS_DYNAMIC_HOST_PORT_RANGE, such as `40000-49999`; without it, Docker's own. */
  @IsOptional()
  @Matches(/^\d{1,5}-\d{1,5}$/)
  agentDynamicHostPortRange?: string;

  @IsString()
  agentDockerSocket = '/var/run/docker.sock';

  /** Creates and starts at a time: Docker is fastest at two or three. */
  @IsInt()
  @Min(1)
  @Max(64)
  agentDockerParallelism = 2;

  @IsInt()
  @Min(1)
  @Max(64)
  agentPullParallelism = 3;

  /** How long Docker may take to answer a question. */
  @IsInt()
  @Min(10)
  agentDockerAnswerMs = 30 * SECOND_MS;

  /** How often the agent compares all of its containers with what it believes, should an event of Docker's be lost. */
  @IsInt()
  @Min(10)
  agentResyncMs = MINUTE_MS;

  /** How often the whole work list is pulled though nobody spoke of news. */
  @IsInt()
  @Min(10)
  agentWorkRefreshMs = 5 * MINUTE_MS;

  /** How long NATS is tried at the start. */
  @IsInt()
  @Min(10)
  agentConnectTimeoutMs = MINUTE_MS;

  @IsInt()
  @Min(10)
  agentHeartbeatMs = 10 * SECOND_MS;

  /** How long the control plane may take to answer. */
  @IsInt()
  @Min(10)
  agentRequestTimeoutMs = 10 * SECOND_MS;

  /** First pause before something is tried again; it doubles. */
  @IsInt()
  @Min(1)
  agentRetryMinMs = 250;

  /** Longest pause before something is tried again. */
  @IsInt()
  @Min(1)
  agentRetryMaxMs = 10 * SECOND_MS;

  /** The address of the task metadata endpoint; without it, the gateway of Docker's default bridge. */
  @IsOptional()
  @IsIP(4)
  agentMetadataAddress?: string;

  /** Its port; 0: any free one, kept from then on. */
  @IsInt()
  @Min(0)
  @Max(PORT_MAX)
  agentMetadataPort = 0;

  /** Holds the namespaces that the containers of a task share; without it, one that the agent makes (x86_64 only). */
  @IsOptional()
  @IsString()
  agentPauseImage?: string;

  /** Where the host's cgroups are, for task-level sizes; `off`: each container is held to them instead. */
  @IsString()
  agentCgroupRoot = '/sys/fs/cgroup';
}
