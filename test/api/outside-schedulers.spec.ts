import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { clusterName, type DomainEvent, instanceId, type InstanceId, NO_RESOURCES } from '@stowage/domain';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_KEY, startTestGateway, type TestGateway } from '../support/gateway';
import { TcpProxy } from '../support/tcp-proxy';
import { until } from '../support/waits';

const EXAMPLE = resolve(__dirname, '../../examples/own-scheduler.mjs');
const PATIENCE = { timeout: 20_000, interval: 20 };
const CLUSTER = clusterName('default');
const INSTANCES = ['a', 'b', 'c'].map((letter) => instanceId(letter.repeat(32)));

const onInstance = { version: 1, cluster: CLUSTER } as const;
const joined = (instance: InstanceId): readonly DomainEvent[] => [
  {
    type: 'InstanceRegistered',
    ...onInstance,
    instance,
    ec2InstanceId: `i-${instance.slice(-8)}`,
    versionInfo: {},
    resources: { ...NO_RESOURCES, cpu: 1_024, memory: 1_024 },
    attributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
    tags: [],
  },
  { type: 'InstanceConnectionChanged', ...onInstance, instance, connected: true },
];

describe('schedulers outside of Stowage', () => {
  let gateway: TestGateway;
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    gateway = await startTestGateway();
    await gateway.call('CreateCluster', {});
    await gateway.call('RegisterTaskDefinition', {
      family: 'app',
      containerDefinitions: [{ name: 'main', image: 'busybox', memory: 100 }],
    });
    await gateway.commit(...INSTANCES.flatMap(joined));
  });
  afterEach(async () => {
    for (const example of running.splice(0)) example.kill('SIGKILL');
    await stop(tasks().length);
  });
  afterAll(() => gateway.close());

  const tasks = () => [...gateway.runtime.fold.state.tasks.values()];
  const startOn = (instance: InstanceId | undefined, expect: number | string) =>
    gateway.call('StartTask', { taskDefinition: 'app', containerInstances: [instance] }, expecting(expect));
  const expecting = (sequence: number | string) => ({ 'x-stowage-expect': String(sequence) });
  const sequenceOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): number =>
    Number(headers['x-stowage-sequence']);
  const stop = async (count: number): Promise<void> => {
    for (const { id: task, instance } of tasks().slice(0, count)) {
      const why = { stopCode: 'UserInitiated', stoppedReason: 'test' } as const;
      await gateway.commit({ type: 'TaskStopped', ...onInstance, instance, task, containers: [], ...why });
    }
  };

  it('start a task if the instance has not changed, and otherwise receive the conflicting event', async () => {
    const seen = sequenceOf(await gateway.call('DescribeClusters', {}));
    const first = await startOn(INSTANCES[0], seen);
    expect(first.json['tasks']).toHaveLength(1);
    expect((await startOn(INSTANCES[1], seen)).json['tasks']).toHaveLength(1);
    const refused = await startOn(INSTANCES[0], seen);
    expect([refused.status, refused.json['__type']]).toEqual([400, 'ConflictException']);
    expect(refused.json['message']).toContain(
      `journal.instance.default.${String(INSTANCES[0])} has changed since ${String(seen)}: ` +
        `event ${String(sequenceOf(first))}, TasksPlaced by arn:aws:iam::123456789012:user/admin at `,
    );
    expect(refused.json['resourceIds']).toEqual([String(sequenceOf(first))]);
    expect((await startOn(INSTANCES[0], sequenceOf(refused))).json['tasks']).toHaveLength(1);
  });

  it('start one task if many of them decided on the same position', async () => {
    const seen = sequenceOf(await gateway.call('DescribeClusters', {}));
    const answers = await Promise.all(Array.from({ length: 8 }, () => startOn(INSTANCES[2], seen)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 200);
    expect(others.map(({ json }) => json['__type'])).toEqual(others.map(() => 'ConflictException'));
    expect(tasks()).toHaveLength(1);
  });

  it('may send the expected position with other writes, and never with reads', async () => {
    const seen = sequenceOf(await gateway.call('DescribeClusters', {}));
    const input = { taskDefinition: 'app', clientToken: 'outside' };
    const run = await gateway.call('RunTask', input, expecting(seen));
    expect(run.json['tasks']).toHaveLength(1);
    // A repeated request returns the same task, even if the instance has changed since.
    const again = await gateway.call('RunTask', input, expecting(seen));
    expect(again.json['tasks']).toHaveLength(1);
    // Two fit on an instance, so six need all three.
    const overrides = { containerOverrides: [{ name: 'main', memory: 400 }] };
    const many = { taskDefinition: 'app', count: 6, overrides };
    expect((await gateway.call('RunTask', many, expecting(seen))).json['__type']).toBe('ConflictException');
    const update = (value: string) =>
      gateway.call(
        'UpdateClusterSettings',
        { cluster: 'default', settings: [{ name: 'containerInsights', value }] },
        expecting(seen),
      );
    expect((await update('enabled')).status).toBe(200);
    expect((await update('disabled')).json['__type']).toBe('ConflictException');
    expect((await gateway.call('ListTasks', {}, expecting(seen))).json['message']).toMatch(
      /^x-stowage-expect: ListTasks/,
    );
  });

  it('update a service only if it has not changed since they read it', async () => {
    const created = await gateway.call('CreateService', { serviceName: 'web', taskDefinition: 'app', desiredCount: 0 });
    const update = (desiredCount: number, seen: number) =>
      gateway.call('UpdateService', { service: 'web', desiredCount }, expecting(seen));
    const refused = await update(2, sequenceOf(created) - 1);
    expect(refused.json['message']).toMatch(/^journal\.service\.default\.web has changed since \d+: event \d+, /);
    expect(refused.json['__type']).toBe('ConflictException');
    const described = await gateway.call('DescribeServices', { services: ['web'] });
    expect((await update(0, sequenceOf(described))).status).toBe(200);
    await gateway.call('DeleteService', { service: 'web', force: true });
  });

  it.each(['soon', '-1', '999999999'])('are rejected when they expect %s', async (expected) => {
    const { json } = await startOn(INSTANCES[0], expected);
    expect(json['__type']).toBe('InvalidParameterException');
    expect(json['message']).toMatch(/^x-stowage-expect: /);
  });

  it('of the example keep their tasks running on the emptiest instances, next to the schedulers of Stowage', async () => {
    const own = () => tasks().filter(({ startedBy }) => startedBy === 'own-scheduler/app');
    const child = example('app', 6);
    await expect.poll(() => own().length, PATIENCE).toBe(6);
    expect(INSTANCES.map((instance) => gateway.runtime.fold.state.tasksOn(instance).size)).toEqual([2, 2, 2]);
    await stop(3);
    await gateway.call('RunTask', { taskDefinition: 'app', count: 6 });
    await expect.poll(() => own().length, PATIENCE).toBe(6);
    expect(child.exitCode).toBeNull();
  });

  it('of the example count their tasks beyond the first page', async () => {
    const name = 'main';
    await gateway.call('RegisterTaskDefinition', {
      family: 'tiny',
      containerDefinitions: [{ name, image: 'busybox', memory: 6 }],
    });
    const ten = { taskDefinition: 'tiny', count: 10, startedBy: 'own-scheduler/tiny' };
    for (let at = 0; at < 11; at += 1) await gateway.call('RunTask', ten);
    const proxy = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
    let lists = 0;
    proxy.onRequestData((data) => (lists += data.toString('latin1').split('.ListTasks').length - 1));
    example('tiny', 112, `http://127.0.0.1:${String(proxy.port)}`);
    await expect.poll(() => tasks().length, PATIENCE).toBe(112);
    // Each event causes a pass, and each pass lists two pages.
    for (let pass = 0; pass < 3; pass += 1) {
      const from = lists;
      await gateway.call('TagResource', {
        resourceArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
        tags: [{ key: 'pass', value: String(pass) }],
      });
      await until('the example has listed its tasks again', () => lists >= from + 2);
    }
    expect(tasks()).toHaveLength(112);
    await proxy.close();
  });

  function example(family: string, count: number, url = gateway.url): ChildProcess {
    const child = spawn(process.execPath, [EXAMPLE, family, String(count)], {
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
      },
      stdio: 'ignore',
    });
    running.push(child);
    return child;
  }
});
