import { setTimeout as pause } from 'node:timers/promises';
import type { EventBridgeEvent } from '@stowage/aws-api';
import {
  clusterName,
  type DomainEvent,
  instanceId,
  type JournalId,
  NO_RESOURCES,
  type PlacedTask,
  type ServiceMessage,
  type TaskId,
  taskId,
  transactionId,
} from '@stowage/domain';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serviceCreated } from '../../../libs/domain/src/testing/events';
import { EventReader, type EventReaderOptions } from '../../../test/support/event-reader';
import { ACCESS_KEY, startTestGateway, type TestGateway } from '../../../test/support/gateway';

const RING_EVENTS = 50;
const READERS_MAX = 6;
const PATIENCE = { timeout: 10_000, interval: 10 };

const tagged = (cluster: string, value: string): DomainEvent => ({
  type: 'ClusterTagsSet',
  version: 1,
  cluster: clusterName(cluster),
  tags: [{ key: 'k', value }],
});

const clusterCreated = (cluster: string): DomainEvent => ({
  type: 'ClusterCreated',
  version: 1,
  cluster: clusterName(cluster),
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
});

const placedOf = (id: TaskId): PlacedTask => ({
  id,
  taskDefinition: { family: 'f', revision: 1 },
  containers: [],
  overrides: {},
  resources: { ...NO_RESOURCES, cpu: 10 },
  cpu: '10',
  memory: '10',
  group: 'family:f',
  launchType: 'EC2',
  tags: [],
  enableExecuteCommand: false,
});

describe('the event stream', () => {
  let gateway: TestGateway;
  const readers: EventReader[] = [];
  beforeAll(async () => {
    gateway = await startTestGateway({
      alone: true,
      settings: {
        STOWAGE_EVENT_RING_EVENTS: String(RING_EVENTS),
        STOWAGE_EVENT_READERS_MAX: String(READERS_MAX),
        STOWAGE_EVENT_KEEP_ALIVE_MS: '50',
        STOWAGE_EVENT_STALL_MS: '2000',
      },
    });
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });
  afterAll(() => gateway.close());

  const open = async (query: object = {}, options: EventReaderOptions = {}): Promise<EventReader> => {
    const reader = await EventReader.open(gateway.url, query, options);
    readers.push(reader);
    return reader;
  };
  const end = (): Promise<number> => gateway.runtime.journal.lastSequence();
  const has = (reader: EventReader, count: number) =>
    expect.poll(() => reader.events.length, PATIENCE).toBeGreaterThanOrEqual(count);
  const upTo = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at);
  /** Commits transactions of three events each. */
  const fill = async (count: number): Promise<number> => {
    for (let at = 0; at < count; at += 1)
      await gateway.commit(...['1', '2', '3'].map((each) => tagged('filler', each)));
    return end();
  };
  /** Eight megabytes: more than the buffers between a gateway and a reader that accepts nothing. */
  const flood = async (): Promise<number> => {
    const events = Array.from({ length: 100 }, () => tagged('flood', 'x'.repeat(10_000)));
    for (let at = 0; at < 8; at += 1) await gateway.commit(...events);
    return end();
  };

  it('starts with the journal, continues as it grows, and misses nothing between old and new events', async () => {
    const before = await fill(RING_EVENTS);
    const reader = await open({ from: 1 });
    expect(reader.answer.statusCode).toBe(200);
    expect(reader.answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(reader.answer.headers['x-stowage-journal']).toBe(gateway.runtime.journal.id);
    const writing = fill(RING_EVENTS);
    await has(reader, before);
    const after = await writing;
    await has(reader, after);
    expect(reader.sequences).toEqual(upTo(1, after));
    expect(reader.events[0]?.data).toMatchObject({
      sequence: 1,
      position: 1,
      subject: 'journal.meta',
      event: { type: 'JournalOpened', version: 1, journal: gateway.runtime.journal.id satisfies JournalId },
    });
    expect(reader.events.at(-1)?.data).toMatchObject({
      position: after,
      actor: 'service:test',
      cause: 'test',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      event: { type: 'ClusterTagsSet', cluster: 'filler' },
    });
  });

  it('contains no secrets, not even sealed ones', async () => {
    await gateway.commit({
      type: 'JoinTokenCreated',
      version: 1,
      token: 'tok',
      sealedSecret: 'sealed-join',
      cluster: clusterName('c'),
      expiresAt: 1,
      oneTime: true,
    });
    const reader = await open({ from: 1, type: 'AccessKeyCreated,JoinTokenCreated' });
    await has(reader, 2);
    expect(JSON.stringify(reader.events.map(({ data }) => data))).not.toMatch(/sealed/i);
    expect(reader.events[0]?.data['event']).toMatchObject({ accessKeyId: ACCESS_KEY.accessKeyId });
  });

  it('resumes after the last event, also within a transaction, near the end and far from it', async () => {
    await fill(RING_EVENTS);
    for (const last of [5, 6, 7, (await end()) - 4, (await end()) - 1]) {
      const reader = await open({ from: 1 }, { lastEventId: String(last) });
      const to = await end();
      await has(reader, to - last);
      expect(reader.sequences).toEqual(upTo(last + 1, to));
      reader.close();
    }
    const inside = (await end()) - 1;
    const reader = await open({ from: inside });
    await has(reader, 2);
    expect(reader.sequences).toEqual([inside, inside + 1]);
  });

  it('starts at a time, or without one at the next event', async () => {
    // Real time: the time has to lie between two commits.
    await pause(20);
    const time = new Date().toISOString();
    await pause(20);
    const first = (await end()) + 1;
    const now = await open();
    await fill(1);
    const since = await open({ from: time });
    for (const reader of [now, since]) {
      await has(reader, 3);
      expect(reader.sequences).toEqual(upTo(first, first + 2));
    }
  });

  it('reports its start, so that a reader that is disconnected before the first event skips nothing', async () => {
    const from = (await end()) + 1;
    const reader = await open();
    await expect.poll(() => reader.lastId, PATIENCE).toBe(String(from - 1));
    reader.close();
    await fill(1);
    const resumed = await open({}, { lastEventId: reader.lastId });
    await has(resumed, 3);
    expect(resumed.sequences).toEqual(upTo(from, from + 2));
  });

  it('is limited to a cluster or to types on request, and its ids move past the events that it omits', async () => {
    const from = (await end()) + 1;
    await gateway.commit(tagged('mine', '1'), tagged('other', '1'));
    const arn = `arn:aws:ecs:us-east-1:123456789012:cluster/mine`;
    const mine = await open({ from, cluster: arn });
    await gateway.commit({
      type: 'InstanceStatusChanged',
      version: 1,
      cluster: clusterName('mine'),
      instance: instanceId('a'.repeat(32)),
      status: 'DRAINING',
    });
    const types = await open({ from, type: 'InstanceStatusChanged', cluster: 'mine' });
    await gateway.commit(tagged('other', '2'));
    const last = await end();
    await has(mine, 2);
    await has(types, 1);
    await expect.poll(() => [mine.lastId, types.lastId], PATIENCE).toEqual([String(last), String(last)]);
    expect(mine.sequences).toEqual([from, from + 2]);
    expect(types.sequences).toEqual([from + 2]);
  });

  it('skips nothing for a slow reader, buffers nothing for it, and disconnects a reader that accepts nothing', async () => {
    const from = (await end()) + 1;
    const slow = await open({ from });
    slow.answer.pause();
    const other = await open({ from });
    const to = await flood();
    await has(other, to - from + 1);
    slow.answer.resume();
    await has(slow, to - from + 1);
    expect(slow.sequences).toEqual(upTo(from, to));
    // The buffers of a connection that has transferred much have room for all of it. Those of a new connection do not.
    const first = (await end()) + 1;
    const stuck = await open({ from: first });
    stuck.answer.pause();
    await flood();
    // The gateway serves no reader more until it ends the one that is stuck.
    while (readers.length < READERS_MAX) await open({ from: first });
    await expect.poll(async () => (await open()).answer.statusCode, PATIENCE).toBe(200);
    for (const reader of readers) if (reader !== stuck) reader.close();
    stuck.answer.resume();
    await expect.poll(() => stuck.ended, PATIENCE).toBe(true);
    const resume = (): Promise<EventReader> => open({}, { lastEventId: stuck.lastId });
    let resumed = await resume();
    // The gateway may not have noticed yet that the other readers have left.
    while (resumed.answer.statusCode !== 200) resumed = await resume();
    await has(resumed, (await end()) - Number(stuck.lastId));
    expect([...stuck.sequences, ...resumed.sequences]).toEqual(upTo(first, await end()));
  });

  it('sends keep-alive comments, and ends when the access key is deleted', async () => {
    const reader = await open({}, { presigned: true });
    await expect.poll(() => reader.comments, PATIENCE).toBeGreaterThan(2);
    const { principals } = gateway.runtime.fold.state;
    const principal = [...principals.keys()][0] ?? '';
    const key = [...principals.values()][0]?.accessKeys[0];
    const accessKeyId = ACCESS_KEY.accessKeyId;
    await gateway.commit({ type: 'AccessKeyDeleted', version: 1, principal, accessKeyId });
    await expect.poll(() => reader.ended, PATIENCE).toBe(true);
    expect(await (await open()).refusal()).toMatch(/UnrecognizedClientException/);
    const sealedSecret = key?.sealedSecret ?? '';
    await gateway.commit({ type: 'AccessKeyCreated', version: 1, principal, accessKeyId, sealedSecret });
  });

  it.each([
    [{ from: 'yesterday' }, 'from: must be a sequence, or a time as in 2026-11-22T09:30:00Z.'],
    [{ from: 1_000_000_000 }, /from: The journal ends at \d+, before 999999999\./],
    [{ type: 'TasksPlaced,Nothing' }, /type: unknown event type "Nothing"; the types are JournalOpened, /],
    [{ cluster: 'a b' }, /^400 InvalidParameterException: Invalid identifier: A cluster name/],
    [{ format: 'xml' }, /^400 InvalidParameterException: format: must be /],
    [{ since: '1' }, 'since: unknown parameter; the parameters are from, cluster, type, format.'],
  ])('rejects %j', async (query, why) => {
    const refusal = await (await open(query)).refusal();
    if (typeof why === 'string') expect(refusal).toBe(`400 InvalidParameterException: ${why}`);
    else expect(refusal).toMatch(why);
  });

  it('rejects unsigned requests and ids that are not valid', async () => {
    const stranger = { ...ACCESS_KEY, secretAccessKey: 'another' };
    expect(await (await open({}, { accessKey: stranger })).refusal()).toMatch(/^400 InvalidSignatureException/);
    expect(await (await open({}, { lastEventId: 'x' })).refusal()).toMatch(/Last-Event-ID: must be the sequence/);
  });

  it('serves a limited number of readers, throttles the next, and serves it when another has left', async () => {
    const all = await Promise.all(Array.from({ length: READERS_MAX }, () => open()));
    expect(await (await open()).refusal()).toBe(
      `400 ThrottlingException: This gateway already serves ${String(READERS_MAX)} readers of its events (STOWAGE_EVENT_READERS_MAX).`,
    );
    all[0]?.close();
    await expect.poll(async () => (await open()).answer.statusCode, PATIENCE).toBe(200);
  });

  it('also has ECS’s event formats, with the whole record after each event', async () => {
    const instance = instanceId('b'.repeat(32));
    const cluster = clusterName('bridged');
    const on = { version: 1, cluster, instance } as const;
    const task = taskId('c'.repeat(32));
    const from = (await end()) + 1;
    await gateway.commit(clusterCreated(cluster));
    await gateway.commit({
      type: 'InstanceRegistered',
      ...on,
      ec2InstanceId: 'i-1',
      versionInfo: {},
      resources: { ...NO_RESOURCES, cpu: 100, memory: 100 },
      attributes: [],
      tags: [],
    });
    const placed = await gateway.commit({ type: 'TasksPlaced', ...on, tasks: [placedOf(task)] });
    const why = { stopCode: 'UserInitiated', stoppedReason: 'enough' } as const;
    await gateway.commit({ type: 'TaskStopped', ...on, task, containers: [], ...why });
    const reader = await open({ from, format: 'eventbridge', cluster });
    await has(reader, 5);
    const seen = reader.events.map(({ data }) => data as unknown as EventBridgeEvent);
    expect(seen.map((each) => each['detail-type'])).toEqual([
      'ECS Container Instance State Change',
      'ECS Task State Change',
      'ECS Container Instance State Change',
      'ECS Task State Change',
      'ECS Container Instance State Change',
    ]);
    const arn = `arn:aws:ecs:us-east-1:123456789012:task/bridged/${task}`;
    expect(seen[3]).toMatchObject({
      version: '0',
      source: 'aws.ecs',
      account: '123456789012',
      region: 'us-east-1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
      resources: [arn],
      detail: { taskArn: arn, lastStatus: 'STOPPED', stoppedReason: 'enough', version: 2 },
    });
    expect(seen[3]?.detail).toHaveProperty('stoppedAt', expect.stringMatching(/^\d{4}-.*Z$/));
    expect(seen[2]?.detail).toMatchObject({ pendingTasksCount: 1 });
    // Two events of one sequence: a reader that resumes after the first receives both again, with the same ids, and
    // skips nothing.
    const again = await open(
      { format: 'eventbridge', type: 'ECS Task State Change' },
      { lastEventId: String(placed - 1) },
    );
    await has(again, 2);
    expect(again.events.map(({ data }) => data['id'])).toEqual([seen[1]?.id, seen[3]?.id]);
    expect(await (await open({ format: 'eventbridge', type: 'TasksPlaced' })).refusal()).toMatch(
      /the types are ECS Task/,
    );
  });

  it('has ECS’s event formats for services and their deployments', async () => {
    const cluster = clusterName('served');
    const on = { version: 1, cluster, service: 'web' } as const;
    const [deployment, serviceDeployment] = ['ecs-svc/1', 'd1'];
    const messages: readonly ServiceMessage[] = [];
    const from = (await end()) + 1;
    await gateway.commit(clusterCreated(cluster));
    await gateway.commit(serviceCreated(cluster, 'web'), {
      ...on,
      type: 'DeploymentStarted',
      deployment,
      revision: { id: 'r1', taskDefinition: { family: 'f', revision: 1 }, launchType: 'EC2' },
      serviceDeployment,
      reason: 'created',
      messages,
    });
    await gateway.commit({
      ...on,
      type: 'ServiceMessagesRecorded',
      messages: [
        { id: '1', kind: 'unable-to-place', text: 'It found no place.', reason: 'RESOURCE:MEMORY' },
        { id: '2', kind: 'unable-to-start', text: 'It does not start.' },
        { id: '3', kind: 'registered', text: 'It is registered.' },
      ],
    });
    await gateway.commit({
      ...on,
      type: 'ServiceStepTaken',
      deployment,
      started: [],
      stopped: [{ task: taskId('c'.repeat(32)), deployment, reason: 'scale-in' }],
      decidedAt: 1,
      messages,
    });
    await gateway.commit({ ...on, type: 'DeploymentCompleted', deployment, serviceDeployment, messages });
    await gateway.commit({ ...on, type: 'SteadyStateReached', messages });
    await gateway.commit({ ...on, type: 'ServiceUpdated', changes: { desiredCount: 3 } });
    await gateway.commit({
      ...on,
      type: 'DeploymentFailed',
      deployment,
      serviceDeployment,
      reason: 'circuit-breaker',
      failedTasks: 3,
      threshold: 3,
      rollback: false,
      messages,
    });
    const reader = await open({ from, format: 'eventbridge', cluster });
    await has(reader, 8);
    const seen = reader.events.map(({ data }) => data as unknown as EventBridgeEvent);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
    const service = 'arn:aws:ecs:us-east-1:123456789012:service/served/web';
    const clusterArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/served';
    const action = (eventType: string, eventName: string, more: object = {}) => [
      'ECS Service Action',
      { eventType, eventName, clusterArn, createdAt: time, ...more },
    ];
    const change = (eventType: string, eventName: string, reason: string) => [
      'ECS Deployment State Change',
      { eventType, eventName, deploymentId: deployment, updatedAt: time, reason },
    ];
    expect(seen.map((each) => [each['detail-type'], each.detail])).toEqual([
      change('INFO', 'SERVICE_DEPLOYMENT_IN_PROGRESS', 'ECS deployment ecs-svc/1 in progress.'),
      action('ERROR', 'SERVICE_TASK_PLACEMENT_FAILURE', { reason: 'RESOURCE:MEMORY' }),
      action('WARN', 'SERVICE_TASK_START_IMPAIRED', { reason: 'It does not start.' }),
      action('INFO', 'TASKS_STOPPED', {
        taskArns: [`arn:aws:ecs:us-east-1:123456789012:task/served/${'c'.repeat(32)}`],
      }),
      change('INFO', 'SERVICE_DEPLOYMENT_COMPLETED', 'ECS deployment ecs-svc/1 completed.'),
      action('INFO', 'SERVICE_STEADY_STATE'),
      action('INFO', 'SERVICE_DESIRED_COUNT_UPDATED', { desiredCount: 3 }),
      change('ERROR', 'SERVICE_DEPLOYMENT_FAILED', 'ECS deployment circuit breaker: tasks failed to start.'),
    ]);
    for (const each of seen) {
      expect(each).toMatchObject({
        version: '0',
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown,
        source: 'aws.ecs',
        account: '123456789012',
        region: 'us-east-1',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
        resources: [service],
      });
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(8);
    const changes = await open({ from, format: 'eventbridge', cluster, type: 'ECS Deployment State Change' });
    await has(changes, 3);
    expect(changes.events).toHaveLength(3);
  });

  it('continues after an outage of NATS', async () => {
    const reader = await open();
    const from = (await end()) + 1;
    await gateway.runtime.server.restart();
    const { journal } = gateway.runtime;
    const origin = { expectations: [], at: 1, actor: 'service:test', cause: 'test' };
    const id = transactionId(uuidv7());
    const { sequence } = await journal.commit({ id, events: [tagged('c', 'again')], ...origin });
    await has(reader, sequence - from + 1);
    expect(reader.sequences).toEqual(upTo(from, sequence));
  });
});
