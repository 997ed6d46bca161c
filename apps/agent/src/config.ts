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
import { ECS_LOG_DRIVERS } from './core/control-plane/registration';
import { PULL_BEHAVIORS, type PullBehavior } from './core/images/pull-policy';

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

/**
 * Parses a JSON object. Returns a value that is not valid JSON unchanged, so that the validation rejects it with an
 * error that names the setting.
 */
const json = ({ value }: { readonly value: unknown }): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** Settings of an agent; see docs/configuration.md. `stowage agent` sets the common ones from its options. */
export class AgentConfig {
  /** Folder with the identity of this agent and the state of its tasks. Each agent needs a folder of its own. */
  @IsString()
  @MinLength(1)
  agentDataDir = resolve('.stowage', 'agent');

  /** File that the agent writes its process id to once the control plane has registered the instance. */
  @IsOptional()
  @IsString()
  agentReadyFile?: string;

  /** Least severe level that is logged. */
  @IsIn(LOG_LEVELS)
  logLevel: LogLevel = 'info';

  /** Value of the attribute `ecs.availability-zone`. */
  @IsOptional()
  @Matches(/^[a-z0-9-]+$/)
  agentZone?: string;

  /** Value of the attribute `ecs.instance-type`. */
  @Matches(/^[A-Za-z0-9._-]{1,128}$/)
  agentInstanceType = 'stowage.host';

  /**
   * Address on which the ports of containers are bound. If several agents run on one machine, each needs its own
   * address.
   */
  @IsIP(4)
  agentBindIp = '0.0.0.0';

  /** Share of the machine's CPUs that this instance offers. */
  @IsNumber()
  @Min(0.001)
  @Max(1)
  agentCpuShare = 1;

  /** Share of the machine's memory that this instance offers. */
  @IsNumber()
  @Min(0.001)
  @Max(1)
  agentMemoryShare = 1;

  /** MiB of the offered memory that are reserved and not available to tasks. ECS: `ECS_RESERVED_MEMORY`. */
  @IsInt()
  @Min(0)
  agentReservedMemoryMib = 0;

  /** TCP ports that are not available to tasks, separated by commas. ECS: `ECS_RESERVED_PORTS`. */
  @Transform(ports)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(PORT_MAX, { each: true })
  agentReservedPorts: readonly number[] = [22, 2375, 2376, 51678, 51679];

  /** UDP ports that are not available to tasks, separated by commas. ECS: `ECS_RESERVED_PORTS_UDP`. */
  @Transform(ports)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(PORT_MAX, { each: true })
  agentReservedPortsUdp: readonly number[] = [];

  /**
   * GPUs that this instance offers, separated by commas: UUIDs of `nvidia-smi -L`, or indexes. Docker needs NVIDIA's
   * runtime for them.
   */
  @Transform(commaSeparated)
  @ArrayUnique()
  @ArrayMaxSize(INSTANCE_GPUS_MAX)
  @Matches(GPU_ID_PATTERN, { each: true })
  agentGpuIds: readonly string[] = [];

  /** Attributes of the instance, a JSON object of strings. ECS: `ECS_INSTANCE_ATTRIBUTES`. */
  @Transform(json)
  @IsObject()
  agentInstanceAttributes: Readonly<Record<string, string>> = {};

  /** Tags of the instance, a JSON object of strings. ECS: `ECS_CONTAINER_INSTANCE_TAGS`. */
  @Transform(json)
  @IsObject()
  agentInstanceTags: Readonly<Record<string, string>> = {};

  /**
   * Log drivers that are offered, separated by commas. Without it, every driver of Docker that works on this machine.
   * ECS: `ECS_AVAILABLE_LOGGING_DRIVERS`.
   */
  @IsOptional()
  @Transform(commaSeparated)
  @IsIn(ECS_LOG_DRIVERS, { each: true })
  agentLogDrivers?: readonly string[];

  /** Number of files in which the log of a container with the driver `awslogs` is kept. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  agentAwslogsFiles = 5;

  /** Size in MiB at which the next of these files is started. */
  @IsInt()
  @Min(1)
  @Max(10_000)
  agentAwslogsFileMib = 20;

  /** Condition for pulling an image. ECS: `ECS_IMAGE_PULL_BEHAVIOR`. */
  @IsIn(PULL_BEHAVIORS)
  agentImagePullBehavior: PullBehavior = 'default';

  /** Format of `agentEngineAuthFile`. ECS: `ECS_ENGINE_AUTH_TYPE`. */
  @IsIn(['dockercfg', 'docker'])
  agentEngineAuthType: 'dockercfg' | 'docker' = 'dockercfg';

  /**
   * File with the content of `ECS_ENGINE_AUTH_DATA`, so that secrets stay out of the environment. It is read again for
   * each pull.
   */
  @IsOptional()
  @IsString()
  agentEngineAuthFile?: string;

  /**
   * Folder in which `docker login` of the agent's user stores its logins. The agent uses them and their credential
   * helpers too.
   */
  @IsString()
  agentDockerConfigDir = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');

  /** Time for which a failed pull is not repeated if the image is already on this machine. */
  @IsInt()
  @Min(0)
  agentPullFailureReuseMs = MINUTE_MS;

  /** Time between SIGTERM and SIGKILL. ECS: `ECS_CONTAINER_STOP_TIMEOUT`. */
  @IsInt()
  @Min(SECOND_MS)
  agentContainerStopTimeoutMs = 30 * SECOND_MS;

  /** Time within which Docker must start a container. ECS: `ECS_CONTAINER_START_TIMEOUT`. */
  @IsInt()
  @Min(10)
  agentContainerStartTimeoutMs = 3 * MINUTE_MS;

  /** Time within which Docker must create a container. ECS: `ECS_CONTAINER_CREATE_TIMEOUT`. */
  @IsInt()
  @Min(10)
  agentContainerCreateTimeoutMs = 4 * MINUTE_MS;

  /** Longest duration of one pull. */
  @IsInt()
  @Min(10)
  agentImagePullTimeoutMs = 2 * HOUR_MS;

  /**
   * A pull for which Docker reports no progress for this time fails. ECS: `ECS_IMAGE_PULL_INACTIVITY_TIMEOUT`.
   */
  @IsInt()
  @Min(10)
  agentImagePullInactivityTimeoutMs = MINUTE_MS;

  /**
   * Time for which the containers and volumes of a stopped task are kept. ECS:
   * `ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION`.
   */
  @IsInt()
  @Min(0)
  agentTaskCleanupWaitMs = 3 * HOUR_MS;

  /**
   * Number of stopped tasks of one service whose containers and volumes are kept. The newest ones are kept, so that a
   * service whose tasks fail does not fill the disk.
   */
  @IsInt()
  @Min(0)
  agentServiceTasksKept = 10;

  /** Interval of the clean-up. */
  @IsInt()
  @Min(10)
  agentCleanupPeriodMs = MINUTE_MS;

  /**
   * Range of host ports for dynamic mappings, such as `40000-49999`. Without it, Docker's own range. ECS:
   * `ECS_DYNAMIC_HOST_PORT_RANGE`.
   */
  @IsOptional()
  @Matches(/^\d{1,5}-\d{1,5}$/)
  agentDynamicHostPortRange?: string;

  /** Path of Docker's socket. */
  @IsString()
  agentDockerSocket = '/var/run/docker.sock';

  /** Number of containers that are created or started at the same time. Docker is fastest at two or three. */
  @IsInt()
  @Min(1)
  @Max(64)
  agentDockerParallelism = 2;

  /** A create or start that takes longer than this no longer counts for the parallelism. */
  @IsInt()
  @Min(10)
  agentDockerPermitHoldMs = 10 * SECOND_MS;

  /** Time for which a task that must stop waits for a create or start request that Docker is processing. */
  @IsInt()
  @Min(10)
  agentAbandonMs = 10 * SECOND_MS;

  /** Number of images that are not on this host and are pulled at the same time. */
  @IsInt()
  @Min(1)
  @Max(64)
  agentPullParallelism = 3;

  /** Time within which Docker must answer a request that needs no long work. */
  @IsInt()
  @Min(10)
  agentDockerAnswerMs = 30 * SECOND_MS;

  /**
   * Interval at which the agent compares all its containers with its own state, in case an event of Docker was lost.
   */
  @IsInt()
  @Min(10)
  agentResyncMs = MINUTE_MS;

  /** Interval at which the whole work list is pulled, with or without a hint. */
  @IsInt()
  @Min(10)
  agentWorkRefreshMs = 5 * MINUTE_MS;

  /** Time within which the agent must connect to NATS at its start. */
  @IsInt()
  @Min(10)
  agentConnectTimeoutMs = MINUTE_MS;

  /** Interval of the heartbeats. Default: a third of the lease that the manager reports. */
  @IsOptional()
  @IsInt()
  @Min(10)
  agentHeartbeatMs?: number;

  /** Time within which the control plane must answer a request. */
  @IsInt()
  @Min(10)
  agentRequestTimeoutMs = 10 * SECOND_MS;

  /** Delay before the first retry. It doubles with each further failure. */
  @IsInt()
  @Min(1)
  agentRetryMinMs = 250;

  /** Upper bound of the doubled delay. */
  @IsInt()
  @Min(1)
  agentRetryMaxMs = 10 * SECOND_MS;

  /** Address of the task metadata endpoint. Without it, the gateway of Docker's default bridge. */
  @IsOptional()
  @IsIP(4)
  agentMetadataAddress?: string;

  /** Port of the task metadata endpoint. 0: any free port, which later starts use again. */
  @IsInt()
  @Min(0)
  @Max(PORT_MAX)
  agentMetadataPort = 0;

  /**
   * Image of the container that holds the namespaces shared by the containers of a task. Without it, the agent builds
   * one (x86_64 only).
   */
  @IsOptional()
  @IsString()
  agentPauseImage?: string;

  /** Root of the cgroup file system, for task-level sizes. `off`: the limits apply to each container instead. */
  @IsString()
  agentCgroupRoot = '/sys/fs/cgroup';
}
