import type { DomainEvent, Ecs } from '@stowage/domain';
import { applyEvent, ClusterState, transactionId } from '@stowage/domain';
import {
  type OperationReply,
  type OperationRequest,
  OwnersClient,
  type RunningApp,
  type Runtime,
} from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../test/support/runtime';
import { startScheduler } from './app';
import { SchedulerConfig } from './config';
import { CLUSTER, clusterCreated, defined, instance, registered, web } from './testing/history';

const TIMEOUT_MS = 10_000;
const SCHEDULERS = 3;
const INSTANCES = 5;

let runtime: TestRuntime;
let runtimes: readonly Runtime[];
let apps: readonly RunningApp[];
let owners: OwnersClient;

beforeAll(async () => {
  runtime = await testRuntime();
  runtimes = [runtime, await runtime.another(), await runtime.another()].slice(0, SCHEDULERS);
  apps = await Promise.all(runtimes.map((each) => startScheduler(each, new SchedulerConfig())));
  owners = new OwnersClient(runtime.nats);
  await commit([
    clusterCreated,
    defined('small', { containerDefinitions: [{ ...web, cpu: 100, memory: 128 }] }),
    defined('port', {
      containerDefinitions: [{ ...web, cpu: 0, memory: 6, portMappings: [{ containerPort: 80, hostPort: 80 }] }],
    }),
    ...Array.from({ length: INSTANCES }, (_, at) => registered(instance(at))).flat(),
  ]);
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await runtime.close();
});

async function commit(events: readonly DomainEvent[]): Promise<void> {
  const origin = { expectations: [], at: 0, actor: 'service:test', cause: 'ground' };
  await runtime.journal.commit({ id: transactionId(uuidv7()), events, ...origin });
}

async function runTask(input: Ecs.RunTaskRequest): Promise<OperationReply<Ecs.RunTaskResponse>> {
  const caller = { principal: 'arn:aws:iam::123456789012:root', requestId: 'request' };
  const request: OperationRequest = {
    operation: 'RunTask',
    input: { cluster: CLUSTER, ...input },
    caller,
    atLeast: await runtime.journal.lastSequence(),
    receivedAt: 0,
  };
  return owners.requestOperation<Ecs.RunTaskResponse>('scheduler', request, TIMEOUT_MS);
}

const tasksOf = (reply: OperationReply<Ecs.RunTaskResponse>): readonly string[] =>
  reply.ok ? (reply.output.tasks ?? []).map(({ taskArn }) => taskArn ?? '') : [];

/**
 * Folds the journal from scratch and checks every ledger after each transaction. Returns the tasks and their instances.
 */
async function audited(): Promise<ReadonlyMap<string, string>> {
  const state = new ClusterState();
  const where = new Map<string, string>();
  const end = await runtime.journal.lastSequence();
  const stop = new AbortController();
  for await (const { events, sequence } of runtime.journal.follow(0, stop.signal)) {
    for (const stored of events) {
      applyEvent(state, stored.event, stored);
      if (stored.event.type !== 'TasksPlaced') continue;
      for (const { id } of stored.event.tasks) {
        expect(where.has(id)).toBe(false);
        where.set(id, stored.event.instance);
      }
    }
    for (const { used, registered: has } of state.instances.values()) {
      expect(used.cpu).toBeLessThanOrEqual(has.cpu);
      expect(used.memory).toBeLessThanOrEqual(has.memory);
      expect(new Set(used.ports).size).toBe(used.ports.length);
    }
    if (sequence === end) break;
  }
  return where;
}

describe('three schedulers on one journal', () => {
  it('places concurrent requests without over-commit, and answers what the journal holds', async () => {
    // 20 tasks fit on each instance by cpu, 32 by memory.
    const replies = await Promise.all(Array.from({ length: 60 }, () => runTask({ taskDefinition: 'small', count: 2 })));
    expect(replies.every(({ ok }) => ok)).toBe(true);
    const answered = replies.flatMap(tasksOf);
    const failed = replies.filter((reply) => reply.ok && (reply.output.failures ?? []).length > 0);
    const where = await audited();
    expect(answered).toHaveLength(INSTANCES * 20);
    expect(new Set(answered.map((arn) => arn.split('/')[2]))).toEqual(new Set(where.keys()));
    for (const reply of failed) {
      if (!reply.ok) continue;
      expect(reply.output.failures).toHaveLength(INSTANCES);
      expect(reply.output.failures?.every(({ reason }) => reason === 'RESOURCE:CPU')).toBe(true);
    }
  }, 60_000);

  it('gives a host port only once on each instance', async () => {
    const replies = await Promise.all(Array.from({ length: 12 }, () => runTask({ taskDefinition: 'port' })));
    expect(replies.flatMap(tasksOf)).toHaveLength(INSTANCES);
    const where = await audited();
    const instances = replies.flatMap(tasksOf).map((arn) => where.get(arn.split('/')[2] ?? ''));
    expect(new Set(instances).size).toBe(INSTANCES);
  });

  it('starts the tasks of one client token once, through any replica, also in a full cluster', async () => {
    await commit(registered(instance(99), { resources: { cpu: 200 } }));
    const asked = { taskDefinition: 'small', count: 2, clientToken: 'once' };
    const replies = await Promise.all(Array.from({ length: 9 }, () => runTask(asked)));
    const answers = new Set(replies.map((reply) => [...tasksOf(reply)].sort().join()));
    expect(answers.size).toBe(1);
    const [tasks] = replies.map(tasksOf);
    expect(tasks).toHaveLength(2);
    // The cluster is full now, and the same request still returns its tasks.
    expect(new Set(tasksOf(await runTask(asked)))).toEqual(new Set(tasks));
    const other = await runTask({ ...asked, count: 1 });
    expect(other).toMatchObject({ ok: false, refusal: { code: 'ConflictException' } });
    expect(!other.ok && new Set(other.refusal.resourceIds)).toEqual(new Set(tasks?.map((arn) => arn.split('/')[2])));
    await audited();
  });

  it('answers an invalid request with a refusal', async () => {
    expect(await runTask({ taskDefinition: 'unknown' })).toEqual({
      ok: false,
      refusal: { code: 'ClientException', message: 'TaskDefinition not found.' },
    });
    expect(await runTask({ taskDefinition: 'small', cluster: 'nowhere' })).toMatchObject({
      refusal: { code: 'ClusterNotFoundException' },
    });
  });

  it('starts a task on a named instance', async () => {
    await commit(registered(instance(100)));
    const request: OperationRequest<Ecs.StartTaskRequest> = {
      operation: 'StartTask',
      input: { cluster: CLUSTER, taskDefinition: 'small', containerInstances: [instance(100), instance(404)] },
      caller: { principal: 'arn:aws:iam::123456789012:root', requestId: 'request' },
      atLeast: await runtime.journal.lastSequence(),
      receivedAt: 0,
    };
    const reply = await owners.requestOperation<Ecs.StartTaskResponse>('scheduler', request, TIMEOUT_MS);
    expect(reply).toMatchObject({
      ok: true,
      output: {
        tasks: [{ lastStatus: 'PENDING', containerInstanceArn: expect.stringContaining(instance(100)) as string }],
        failures: [{ reason: 'MISSING' }],
      },
    });
  });
});
