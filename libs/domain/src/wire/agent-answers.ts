import type * as Ecs from '../ecs/shapes';
import { clusterName, taskId } from '../ids';
import type { RegisteredDefinition } from '../task-definition/records/task-definition';
import { TASK_STATUSES } from '../task/records/task-status';
import {
  type HeartbeatAnswer,
  type Hint,
  INSTANCE_GPUS_MAX,
  LOGS_BYTES_MAX,
  LOGS_LINES_MAX,
  type LogLine,
  type LogsAnswer,
  type RecoveredAnswer,
  type RegisterAnswer,
  type ReportAnswer,
  type TaskDefinitionAnswer,
  type TaskProtectionAnswer,
  type WorkAnswer,
  type WorkItem,
} from './agent-protocol';
import { CONTAINERS_READ_MAX, definitionRef, position, STOP_CODES, time, word } from './agent-requests';
import { flag, integer, list, members, oneOf, optional, type Reader, text, under } from './reading';

/** Limit on the tasks of one work list, far above what one message of NATS can hold. */
const TASKS_READ_MAX = 20_000;
/** Limit on texts that the control plane composes, such as ARNs and reasons. */
const LONG_TEXT_MAX = 65_536;
const DAY_MS = 86_400_000;

const longText = text(LONG_TEXT_MAX);
const lease = integer(1, DAY_MS);

type WorkContainer = WorkItem['containers'][number];

const container: Reader<WorkContainer> = (value, member) => {
  const from = members(value, member);
  return {
    name: word(from['name'], `${member}.name`),
    arn: longText(from['arn'], `${member}.arn`),
    ...optional(from, 'gpuIds', under(member, list(INSTANCE_GPUS_MAX, word))),
    ...optional(from, 'pinnedDigest', under(member, word)),
  };
};

const stop: Reader<NonNullable<WorkItem['stop']>> = (value, member) => {
  const from = members(value, member);
  return {
    stopCode: oneOf(STOP_CODES)(from['stopCode'], `${member}.stopCode`),
    stoppedReason: longText(from['stoppedReason'], `${member}.stoppedReason`),
  };
};

/** The journal holds only overrides that the gateway has checked against the API model, so they are not read again. */
const overrides: Reader<Ecs.TaskOverride> = (value, member) => members(value, member);

const workItem: Reader<WorkItem> = (value, member) => {
  const from = members(value, member);
  return {
    task: taskId(word(from['task'], `${member}.task`)),
    taskArn: longText(from['taskArn'], `${member}.taskArn`),
    cluster: clusterName(word(from['cluster'], `${member}.cluster`)),
    clusterArn: longText(from['clusterArn'], `${member}.clusterArn`),
    taskDefinition: definitionRef(from['taskDefinition'], `${member}.taskDefinition`),
    overrides: overrides(from['overrides'], `${member}.overrides`),
    desiredStatus: oneOf(['RUNNING', 'STOPPED'] as const)(from['desiredStatus'], `${member}.desiredStatus`),
    lastStatus: oneOf(TASK_STATUSES)(from['lastStatus'], `${member}.lastStatus`),
    containers: list(CONTAINERS_READ_MAX, container)(from['containers'], `${member}.containers`),
    group: longText(from['group'], `${member}.group`),
    ...optional(from, 'availabilityZone', under(member, word)),
    ...optional(from, 'service', under(member, word)),
    ...optional(from, 'stop', under(member, stop)),
  };
};

/** Each `read…` function throws a `Refusal` that names the wrong member. */
export function readRegisterAnswer(body: unknown): RegisterAnswer {
  const from = members(body, 'answer');
  return flag(from['accepted'], 'accepted')
    ? { accepted: true, position: position(from['position'], 'position'), ...optional(from, 'leaseMs', lease) }
    : { accepted: false, reason: longText(from['reason'], 'reason') };
}

export function readHeartbeatAnswer(body: unknown): HeartbeatAnswer {
  const from = members(body, 'answer');
  return {
    position: position(from['position'], 'position'),
    registered: flag(from['registered'], 'registered'),
    ...optional(from, 'leaseMs', lease),
  };
}

export function readHint(body: unknown): Hint {
  return { position: position(members(body, 'hint')['position'], 'position') };
}

export function readWorkAnswer(body: unknown): WorkAnswer {
  const from = members(body, 'answer');
  return {
    position: position(from['position'], 'position'),
    tasks: list(TASKS_READ_MAX, workItem)(from['tasks'], 'tasks'),
    ...optional(from, 'lostAt', time),
  };
}

export function readRecoveredAnswer(body: unknown): RecoveredAnswer {
  return { position: position(members(body, 'answer')['position'], 'position') };
}

export function readTaskDefinitionAnswer(body: unknown): TaskDefinitionAnswer {
  const from = members(body, 'answer');
  if (!flag(from['found'], 'found')) return { found: false };
  const definition = members(from['definition'], 'definition');
  word(definition['family'], 'definition.family');
  list(CONTAINERS_READ_MAX, members)(definition['containerDefinitions'], 'definition.containerDefinitions');
  // The other members were checked against the API model when the definition was registered.
  return { found: true, definition: definition as unknown as RegisteredDefinition };
}

export function readReportAnswer(body: unknown): ReportAnswer {
  const from = members(body, 'answer');
  return {
    accepted: flag(from['accepted'], 'accepted'),
    position: position(from['position'], 'position'),
    ...optional(from, 'reason', longText),
  };
}

export function readTaskProtectionAnswer(body: unknown): TaskProtectionAnswer {
  const from = members(body, 'answer');
  const outcome = oneOf(['is', 'failed', 'refused'] as const)(from['outcome'], 'outcome');
  switch (outcome) {
    case 'is':
      return { outcome, ...optional(from, 'protectedUntil', time) };
    case 'failed':
      return { outcome, reason: longText(from['reason'], 'reason'), ...optional(from, 'detail', longText) };
    case 'refused':
      return { outcome, code: word(from['code'], 'code'), message: longText(from['message'], 'message') };
  }
}

const logLine: Reader<LogLine> = (value, member) => {
  const from = members(value, member);
  return {
    at: time(from['at'], `${member}.at`),
    stream: oneOf(['stdout', 'stderr'] as const)(from['stream'], `${member}.stream`),
    text: text(LOGS_BYTES_MAX)(from['text'], `${member}.text`),
  };
};

export function readLogsAnswer(body: unknown): LogsAnswer {
  const from = members(body, 'answer');
  return flag(from['found'], 'found')
    ? {
        found: true,
        lines: list(LOGS_LINES_MAX, logLine)(from['lines'], 'lines'),
        cursor: longText(from['cursor'], 'cursor'),
        ended: flag(from['ended'], 'ended'),
      }
    : { found: false, reason: longText(from['reason'], 'reason') };
}
