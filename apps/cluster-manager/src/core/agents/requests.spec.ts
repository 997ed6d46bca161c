import { describe, expect, it } from 'vitest';
import { registerRequest } from '../../testing/agent-history';
import { readHeartbeatRequest, readRegisterRequest, readTaskReport } from './requests';

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
