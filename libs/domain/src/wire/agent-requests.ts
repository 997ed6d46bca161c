import type { InstanceAttribute } from '../container-instance/records/container-instance';
import type * as Ecs from '../ecs/shapes';
import { type ClusterName, clusterName, journalId, NAME_PATTERN, taskId } from '../ids';
import type { RegisteredResources } from '../resources';
import type { ContainerReport } from '../task/records/task';
import {
  type HeartbeatRequest,
  INSTANCE_GPUS_MAX,
  type JournalPosition,
  LOGS_LINES_MAX,
  LOGS_WAIT_MAX_MS,
  type LogsRequest,
  type RecoveredRequest,
  type RegisterRequest,
  type TaskDefinitionRequest,
  type TaskProtectionRequest,
  type TaskReport,
  type WorkRequest,
} from './agent-protocol';
import { cutText, flag, integer, list, malformed, members, oneOf, optional, type Reader, text, under } from './reading';

/** Limits of one request of an agent. They are far above the needs of a correct agent. */
const ATTRIBUTES_MAX = 500;
const TAGS_READ_MAX = 100;
const RESERVED_PORTS_MAX = 100;
export const CONTAINERS_READ_MAX = 20;
const BINDINGS_MAX = 500;
/** Length at which ECS's agent cuts reasons (ecs-api 5.5.5). */
const REASON_LENGTH_MAX = 1_024;
const TEXT_MAX = 256;
const CURSOR_LENGTH_MAX = 1_024;
const AMOUNT_MAX = 2 ** 31;
const PORT_MAX = 65_535;
/** Greatest time value of JavaScript. */
const TIME_MAX = 8_640_000_000_000_000;

export const STOP_CODES = [
  'EssentialContainerExited',
  'InfrastructureHealth',
  'ServiceSchedulerInitiated',
  'SpotInterruption',
  'TaskFailedToStart',
  'TerminationNotice',
  'UserInitiated',
] as const;

/** A short text, such as a name or an id. */
export const word = text(TEXT_MAX);
/** A time in milliseconds since 1970. */
export const time = integer(0, TIME_MAX);
const port = integer(0, PORT_MAX);
const ports = list(RESERVED_PORTS_MAX, port);
const amount = integer(0, AMOUNT_MAX);

/** A cluster's name. */
export const cluster: Reader<ClusterName> = (value, member) => {
  const name = word(value, member);
  if (!NAME_PATTERN.test(name)) throw malformed(member, "a cluster's name");
  return clusterName(name);
};

/** A position in a journal. */
export const position: Reader<JournalPosition> = (value, member) => {
  const { journal, sequence } = members(value, member);
  return {
    journal: journalId(word(journal, `${member}.journal`)),
    sequence: integer(0, Number.MAX_SAFE_INTEGER)(sequence, `${member}.sequence`),
  };
};

const attribute: Reader<InstanceAttribute> = (value, member) => {
  const from = members(value, member);
  return { name: word(from['name'], `${member}.name`), ...optional(from, 'value', under(member, word)) };
};

const tag: Reader<Ecs.Tag> = (value, member) => {
  const from = members(value, member);
  return { ...optional(from, 'key', under(member, word)), ...optional(from, 'value', under(member, word)) };
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
    ...optional(from, 'agentVersion', under(member, word)),
    ...optional(from, 'agentHash', under(member, word)),
    ...optional(from, 'dockerVersion', under(member, word)),
  };
};

const binding: Reader<Ecs.NetworkBinding> = (value, member) => {
  const from = members(value, member);
  return {
    ...optional(from, 'bindIP', under(member, word)),
    ...optional(from, 'containerPort', under(member, port)),
    ...optional(from, 'hostPort', under(member, port)),
    ...optional(from, 'protocol', under(member, oneOf(['tcp', 'udp'] as const))),
    ...optional(from, 'containerPortRange', under(member, word)),
    ...optional(from, 'hostPortRange', under(member, word)),
  };
};

const container: Reader<ContainerReport> = (value, member) => {
  const from = members(value, member);
  return {
    name: word(from['name'], `${member}.name`),
    lastStatus: oneOf(['PENDING', 'RUNNING', 'STOPPED'] as const)(from['lastStatus'], `${member}.lastStatus`),
    ...optional(from, 'runtimeId', under(member, word)),
    ...optional(from, 'imageDigest', under(member, word)),
    ...optional(from, 'exitCode', under(member, integer(-AMOUNT_MAX, 2 * AMOUNT_MAX))),
    ...optional(from, 'reason', under(member, cutText(REASON_LENGTH_MAX))),
    ...optional(from, 'networkBindings', under(member, list(BINDINGS_MAX, binding))),
    ...optional(from, 'healthStatus', under(member, oneOf(['HEALTHY', 'UNHEALTHY', 'UNKNOWN'] as const))),
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

/** A revision of a task definition. */
export const definitionRef: Reader<TaskDefinitionRequest> = (value, member) => {
  const from = members(value, member);
  const at = (name: string): string => (member === 'request' ? name : `${member}.${name}`);
  return {
    family: word(from['family'], at('family')),
    revision: integer(1, AMOUNT_MAX)(from['revision'], at('revision')),
  };
};

export const readTaskDefinitionRequest = (body: unknown): TaskDefinitionRequest => definitionRef(body, 'request');

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
        ...optional(wanted, 'expiresInMinutes', under(member, integer(-AMOUNT_MAX, AMOUNT_MAX))),
      };
    }),
  };
}

export function readLogsRequest(body: unknown): LogsRequest {
  const from = members(body, 'request');
  return {
    task: taskId(word(from['task'], 'task')),
    ...optional(from, 'container', word),
    ...optional(from, 'cursor', text(CURSOR_LENGTH_MAX)),
    ...optional(from, 'tail', integer(0, LOGS_LINES_MAX)),
    ...optional(from, 'waitMs', integer(0, LOGS_WAIT_MAX_MS)),
  };
}
