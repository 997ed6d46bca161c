import {
  type ClusterName,
  clusterName,
  type ContainerReport,
  type Ecs,
  type HeartbeatRequest,
  type InstanceAttribute,
  type JournalPosition,
  journalId,
  INSTANCE_GPUS_MAX,
  NAME_PATTERN,
  type RecoveredRequest,
  type RegisteredResources,
  type RegisterRequest,
  taskId,
  type TaskDefinitionRequest,
  type TaskProtectionRequest,
  type TaskReport,
  type WorkRequest,
} from '@stowage/domain';
import { cutText, flag, integer, list, malformed, members, oneOf, optional, type Reader, text } from './reading';

/** Limits of one request of an agent. They are far above the needs of a correct agent. */
export const ATTRIBUTES_MAX = 500;
export const TAGS_READ_MAX = 100;
export const RESERVED_PORTS_MAX = 100;
export const CONTAINERS_READ_MAX = 20;
export const BINDINGS_MAX = 500;
/** Length at which ECS's agent cuts reasons (ecs-api 5.5.5). */
export const REASON_LENGTH_MAX = 1_024;
const TEXT_MAX = 256;
const AMOUNT_MAX = 2 ** 31;
const PORT_MAX = 65_535;
/** Greatest time value of JavaScript. */
const TIME_MAX = 8_640_000_000_000_000;

const STOP_CODES = [
  'EssentialContainerExited',
  'InfrastructureHealth',
  'ServiceSchedulerInitiated',
  'SpotInterruption',
  'TaskFailedToStart',
  'TerminationNotice',
  'UserInitiated',
] as const;

const word = text(TEXT_MAX);
const time = integer(0, TIME_MAX);
const port = integer(0, PORT_MAX);
const ports = list(RESERVED_PORTS_MAX, port);
const amount = integer(0, AMOUNT_MAX);

const cluster: Reader<ClusterName> = (value, member) => {
  const name = word(value, member);
  if (!NAME_PATTERN.test(name)) throw malformed(member, "a cluster's name");
  return clusterName(name);
};

const position: Reader<JournalPosition> = (value, member) => {
  const { journal, sequence } = members(value, member);
  return {
    journal: journalId(word(journal, `${member}.journal`)),
    sequence: integer(0, Number.MAX_SAFE_INTEGER)(sequence, `${member}.sequence`),
  };
};

const attribute: Reader<InstanceAttribute> = (value, member) => {
  const from = members(value, member);
  return { name: word(from['name'], `${member}.name`), ...optional(from, 'value', word) };
};

const tag: Reader<Ecs.Tag> = (value, member) => {
  const from = members(value, member);
  return { ...optional(from, 'key', word), ...optional(from, 'value', word) };
};

const resources: Reader<RegisteredResources> = (value, member) => {
  const from = members(value, member);
  return {
    cpu: amount(from['cpu'], `${member}.cpu`),
    memory: amount(from['memory'], `${member}.memory`),
    ports: ports(from['ports'], `${member}.ports`),
    portsUdp: ports(from['portsUdp'], `${member}.portsUdp`),
    gpus: list(INSTANCE_GPUS_MAX, word)(from['gpus'], `${member}.gpus`),
  };
};

const versionInfo: Reader<Ecs.VersionInfo> = (value, member) => {
  const from = members(value, member);
  return {
    ...optional(from, 'agentVersion', word),
    ...optional(from, 'agentHash', word),
    ...optional(from, 'dockerVersion', word),
  };
};

const binding: Reader<Ecs.NetworkBinding> = (value, member) => {
  const from = members(value, member);
  return {
    ...optional(from, 'bindIP', word),
    ...optional(from, 'containerPort', port),
    ...optional(from, 'hostPort', port),
    ...optional(from, 'protocol', oneOf(['tcp', 'udp'] as const)),
    ...optional(from, 'containerPortRange', word),
    ...optional(from, 'hostPortRange', word),
  };
};

const container: Reader<ContainerReport> = (value, member) => {
  const from = members(value, member);
  return {
    name: word(from['name'], `${member}.name`),
    lastStatus: oneOf(['PENDING', 'RUNNING', 'STOPPED'] as const)(from['lastStatus'], `${member}.lastStatus`),
    ...optional(from, 'runtimeId', word),
    ...optional(from, 'imageDigest', word),
    ...optional(from, 'exitCode', integer(-AMOUNT_MAX, 2 * AMOUNT_MAX)),
    ...optional(from, 'reason', cutText(REASON_LENGTH_MAX)),
    ...optional(from, 'networkBindings', list(BINDINGS_MAX, binding)),
    ...optional(from, 'healthStatus', oneOf(['HEALTHY', 'UNHEALTHY', 'UNKNOWN'] as const)),
  };
};

/** Each `read…` function throws a `Refusal` that names the wrong member. */
export function readRegisterRequest(body: unknown): RegisterRequest {
  const from = members(body, 'request');
  return {
    cluster: cluster(from['cluster'], 'cluster'),
    ec2InstanceId: word(from['ec2InstanceId'], 'ec2InstanceId'),
    versionInfo: versionInfo(from['versionInfo'], 'versionInfo'),
    resources: resources(from['resources'], 'resources'),
    attributes: list(ATTRIBUTES_MAX, attribute)(from['attributes'], 'attributes'),
    tags: list(TAGS_READ_MAX, tag)(from['tags'], 'tags'),
  };
}

export function readHeartbeatRequest(body: unknown): HeartbeatRequest {
  const from = members(body, 'request');
  return { cluster: cluster(from['cluster'], 'cluster'), ...optional(from, 'seen', position) };
}

export const readWorkRequest: (body: unknown) => WorkRequest = readHeartbeatRequest;

export function readRecoveredRequest(body: unknown): RecoveredRequest {
  return { ...readHeartbeatRequest(body), lostAt: time(members(body, 'request')['lostAt'], 'lostAt') };
}

export function readTaskDefinitionRequest(body: unknown): TaskDefinitionRequest {
  const from = members(body, 'request');
  return { family: word(from['family'], 'family'), revision: integer(1, AMOUNT_MAX)(from['revision'], 'revision') };
}

export function readTaskReport(body: unknown): TaskReport {
  const from = members(body, 'request');
  return {
    cluster: cluster(from['cluster'], 'cluster'),
    task: taskId(word(from['task'], 'task')),
    lastStatus: oneOf(['PENDING', 'RUNNING', 'STOPPED'] as const)(from['lastStatus'], 'lastStatus'),
    containers: list(CONTAINERS_READ_MAX, container)(from['containers'], 'containers'),
    ...optional(from, 'seen', position),
    ...optional(from, 'pullStartedAt', time),
    ...optional(from, 'pullStoppedAt', time),
    ...optional(from, 'executionStoppedAt', time),
    ...optional(from, 'stopCode', oneOf(STOP_CODES)),
    ...optional(from, 'stoppedReason', cutText(REASON_LENGTH_MAX)),
  };
}

export function readTaskProtectionRequest(body: unknown): TaskProtectionRequest {
  const from = members(body, 'request');
  return {
    cluster: cluster(from['cluster'], 'cluster'),
    task: taskId(word(from['task'], 'task')),
    ...optional(from, 'seen', position),
    ...optional(from, 'set', (value, member) => {
      const wanted = members(value, member);
      return {
        protectionEnabled: flag(wanted['protectionEnabled'], `${member}.protectionEnabled`),
        ...optional(wanted, 'expiresInMinutes', integer(-AMOUNT_MAX, AMOUNT_MAX)),
      };
    }),
  };
}
