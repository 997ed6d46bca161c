import { describe, expect, it } from 'vitest';
import { AGENT_MESSAGES } from './agent-messages';
import { heartbeatIntervalMs } from './agent-protocol';
import { readHeartbeatRequest, readRegisterRequest, readTaskReport } from './agent-requests';

const registerRequest = {
  cluster: 'sea',
  ec2InstanceId: 'i-1',
  versionInfo: { agentVersion: '1' },
  resources: { cpu: 2048, memory: 4096, ports: [22], portsUdp: [], gpus: ['gpu-a'] },
  attributes: [{ name: 'rack', value: '7' }],
  tags: [{ key: 'team', value: 'blue' }],
};

const report = {
  cluster: 'sea',
  task: 'a',
  lastStatus: 'RUNNING',
  containers: [{ name: 'web', lastStatus: 'RUNNING' }],
};

describe('requests of agents', () => {
  it('are read without changes, except for unknown members', () => {
    expect(readRegisterRequest({ ...registerRequest, more: 1 })).toEqual(registerRequest);
    expect(readTaskReport({ ...report, more: 1 })).toEqual(report);
    const seen = { journal: 'j', sequence: 5 };
    expect(readHeartbeatRequest({ cluster: 'sea', seen })).toEqual({ cluster: 'sea', seen });
  });

  it.each([
    [undefined, "'request' must be an object"],
    [[], "'request' must be an object"],
    [{ ...report, cluster: 'a.b' }, "'cluster' must be a cluster's name"],
    [{ ...report, lastStatus: 'STOPPING' }, "'lastStatus' must be one of PENDING, RUNNING, STOPPED"],
    [{ ...report, containers: Array(21).fill(report.containers[0]) }, "'containers' must be a list of at most 20"],
    [{ ...report, containers: [{ name: 1, lastStatus: 'RUNNING' }] }, "'containers[0].name' must be text"],
    [
      { ...report, containers: [{ name: 'web', lastStatus: 'STOPPED', exitCode: 'x' }] },
      "'containers[0].exitCode' must be a whole number",
    ],
    [{ ...report, pullStartedAt: 1.5 }, "'pullStartedAt' must be a whole number"],
    [{ ...report, seen: { journal: 'j', sequence: -1 } }, "'seen.sequence' must be a whole number"],
  ])('are rejected with an error that names the wrong member: %j', (body, message) => {
    expect(() => readTaskReport(body)).toThrow(message);
  });

  it('get their reasons shortened, not rejected', () => {
    expect(readTaskReport({ ...report, stoppedReason: 'x'.repeat(2_000) }).stoppedReason).toHaveLength(1_024);
  });

  it('report no more ports than an instance may reserve', () => {
    const ports = Array.from({ length: 101 }, (_, at) => at);
    const resources = { ...registerRequest.resources, ports };
    expect(() => readRegisterRequest({ ...registerRequest, resources })).toThrow("'resources.ports' must be a list");
  });
});

describe('answers to agents', () => {
  const position = { journal: 'j', sequence: 5 };
  const item = {
    task: 't',
    taskArn: 'arn:t',
    cluster: 'sea',
    clusterArn: 'arn:c',
    taskDefinition: { family: 'app', revision: 1 },
    overrides: { cpu: '1' },
    desiredStatus: 'RUNNING',
    lastStatus: 'ACTIVATING',
    containers: [{ name: 'web', arn: 'arn:w', gpuIds: ['gpu-a'] }],
    group: 'family:app',
  };

  it('are read without changes, except for unknown members', () => {
    const { register, work, recovered } = AGENT_MESSAGES;
    expect(register.answer({ accepted: true, position, leaseMs: 30_000, more: 1 })).toEqual({
      accepted: true,
      position,
      leaseMs: 30_000,
    });
    expect(work.answer({ position, tasks: [item], lostAt: 7 })).toEqual({ position, tasks: [item], lostAt: 7 });
    expect(recovered.answer({ position })).toEqual({ position });
  });

  it('may come from a manager that does not report its lease', () => {
    expect(AGENT_MESSAGES.register.answer({ accepted: true, position })).toEqual({ accepted: true, position });
    expect(heartbeatIntervalMs(undefined)).toBe(10_000);
    expect(heartbeatIntervalMs(30_000)).toBe(10_000);
    expect(heartbeatIntervalMs(2)).toBe(1);
  });

  it.each([
    ['register', { accepted: 'yes' }, "'accepted' must be true or false"],
    ['register', { accepted: true, position, leaseMs: 0 }, "'leaseMs' must be a whole number"],
    ['heartbeat', { position: { journal: 'j' }, registered: true }, "'position.sequence' must be a whole number"],
    ['work', { position, tasks: [item, { ...item, lastStatus: 'GONE' }] }, "'tasks[1].lastStatus' must be one of"],
    ['work', { position, tasks: [{ ...item, containers: [{ name: 'web' }] }] }, "'tasks[0].containers[0].arn' must be"],
    ['task-definition', { found: true, definition: { family: 'app' } }, "'definition.containerDefinitions' must be"],
    ['report', { accepted: true }, "'position' must be an object"],
    ['task-protection', { outcome: 'maybe' }, "'outcome' must be one of"],
    ['logs', { found: true, lines: [{ at: 1, stream: 'x', text: '' }] }, "'lines[0].stream' must be one of"],
  ] as const)('to %s are rejected with an error that names the wrong member: %j', (verb, body, message) => {
    expect(() => AGENT_MESSAGES[verb].answer(body)).toThrow(message);
  });

  it('are preceded by hints and by requests for logs, which are checked too', () => {
    expect(() => AGENT_MESSAGES.hint.request({})).toThrow("'position' must be an object");
    expect(() => AGENT_MESSAGES.logs.request({ task: 't', waitMs: 60_000 })).toThrow("'waitMs' must be a whole number");
  });
});
