import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContainerInstance,
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  ListContainerInstancesCommand,
  StartTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { START_TIMEOUT_MS, TestStowage } from '../support/stowage';
import { busyboxImage, describeAll, runOne } from '../support/tasks';

const SLEEPER = { command: ['sleep', '600'], stopTimeout: 2 };
const WAIT = { timeout: 30_000 };

let stowage: TestStowage;
/** A task that runs from the first start on. */
let task = '';
let instance = '';

beforeAll(async () => {
  await busyboxImage();
  stowage = await TestStowage.at();
  await stowage.start();
  const [running] = await runOne(stowage.ecs(), 'from-the-start', SLEEPER);
  task = running?.taskArn ?? '';
  instance = (await instances())[0]?.containerInstanceArn ?? '';
}, START_TIMEOUT_MS);

afterAll(() => stowage.reset());

async function instances(): Promise<readonly ContainerInstance[]> {
  const ecs = stowage.ecs();
  const { containerInstanceArns = [] } = await ecs.send(new ListContainerInstancesCommand({}));
  if (containerInstanceArns.length === 0) return [];
  const found = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances: containerInstanceArns }));
  return found.containerInstances ?? [];
}

async function restart(...args: readonly string[]): Promise<void> {
  await stowage.end();
  stowage.args = args;
  await stowage.start();
}

const taskStatus = async (): Promise<string | undefined> => (await describeAll(stowage.ecs(), [task]))[0]?.lastStatus;
const agents = (): readonly string[] =>
  ownProcesses(stowage.data)
    .map(({ name }) => name)
    .filter((name) => name.startsWith('agent-'))
    .sort();

/** Expects the first instance only, with a running agent: it starts a task. */
async function expectSameInstance(): Promise<void> {
  expect((await instances()).map(({ containerInstanceArn }) => containerInstanceArn)).toEqual([instance]);
  const [other] = await runOne(stowage.ecs(), 'another', SLEEPER);
  expect(other?.containerInstanceArn).toBe(instance);
  await stowage.ecs().send(new StopTaskCommand({ task: other?.taskArn }));
  expect(await taskStatus()).toBe('RUNNING');
}

describe('npm start with settings that differ from those of the last start', { timeout: 2 * START_TIMEOUT_MS }, () => {
  it('keeps its instance when --host leaves loopback, where NATS has TLS, and when it returns', async () => {
    await restart('--host', '0.0.0.0');
    await expectSameInstance();
    await restart();
    await expectSameInstance();
  });

  it('keeps its instance with another --port, a name as --host, and data that was moved', async () => {
    await stowage.end();
    const moved = mkdtempSync(join(tmpdir(), 'stowage-moved-'));
    rmSync(moved, { recursive: true });
    renameSync(stowage.data, moved);
    stowage = await TestStowage.on(moved, '--host', 'localhost');
    await stowage.start();
    await expectSameInstance();
  });

  it('is rejected with another region or account, and with a --host without an IPv4 address, and changes nothing', async () => {
    await stowage.end();
    const before = stowage.variables();
    stowage.prefix = ['env', 'STOWAGE_REGION=eu-central-1'];
    const region = await stowage.attempt();
    expect(region.code).not.toBe(0);
    expect(region.stderr.trim().split('\n').at(-1)).toBe(
      `${stowage.data} has a deployment in the region us-east-1, which is part of its ARNs: ` +
        'it cannot change to eu-central-1. Choose another folder for a deployment there.',
    );
    stowage.prefix = ['env', 'STOWAGE_ACCOUNT_ID=999999999999'];
    const account = await stowage.attempt();
    expect(account.code).not.toBe(0);
    expect(account.stderr).toMatch(/ends with:\n.*The journal belongs to region us-east-1 and account 123456789012, /);
    stowage.prefix = [];
    stowage.args = ['--host', '::1'];
    const host = await stowage.attempt();
    expect(host.code).not.toBe(0);
    expect(host.stderr.trim().split('\n').at(-1)).toMatch(/^--host ::1 has no IPv4 address: give an IPv4 address of/);
    expect(stowage.variables()).toEqual(before);
    expect(ownProcesses(stowage.data)).toEqual([]);
    stowage.args = [];
    await stowage.start();
  });

  it('drains the instances beyond --instances, and removes each when its last task has stopped', async () => {
    await restart('--instances', '3');
    const second = (await instances()).find(({ attributes = [] }) =>
      attributes.some(({ value }) => value === 'us-east-1b'),
    );
    const started = await stowage
      .ecs()
      .send(
        new StartTaskCommand({ taskDefinition: 'another', containerInstances: [second?.containerInstanceArn ?? ''] }),
      );
    const last = started.tasks?.[0]?.taskArn ?? '';
    const lastStatus = async (): Promise<string | undefined> =>
      (await describeAll(stowage.ecs(), [last]))[0]?.lastStatus;
    await expect.poll(lastStatus, WAIT).toBe('RUNNING');

    await restart('--instances', '1');
    await expect.poll(agents, WAIT).toEqual(['agent-1', 'agent-2']);
    const statuses = async (): Promise<readonly string[]> =>
      (await instances()).map(({ status = '', containerInstanceArn }) =>
        containerInstanceArn === instance ? `first ${status}` : status,
      );
    await expect.poll(async () => [...(await statuses())].sort(), WAIT).toEqual(['DRAINING', 'first ACTIVE']);
    expect(await lastStatus()).toBe('RUNNING');

    await restart('--instances', '2');
    expect([...(await statuses())].sort()).toEqual(['ACTIVE', 'first ACTIVE']);

    await restart('--instances', '1');
    await stowage.ecs().send(new StopTaskCommand({ task: last }));
    await expect.poll(agents, WAIT).toEqual(['agent-1']);
    await expect.poll(statuses, WAIT).toEqual(['first ACTIVE']);
    expect(await taskStatus()).toBe('RUNNING');
  });

  it('joins with a new instance if its own was deregistered', async () => {
    await stowage.ecs().send(new DeregisterContainerInstanceCommand({ containerInstance: instance, force: true }));
    await restart();
    const [joined, ...others] = await instances();
    expect(others).toEqual([]);
    expect(joined?.containerInstanceArn).not.toBe(instance);
    const [other] = await runOne(stowage.ecs(), 'another', SLEEPER);
    expect(other?.containerInstanceArn).toBe(joined?.containerInstanceArn);
  });
});
