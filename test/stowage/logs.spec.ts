import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import {
  type ContainerDefinition,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestStowage } from '../support/stowage';
import { busyboxImage, describeAll } from '../support/tasks';

const BIN = resolve(__dirname, '../../apps/stowage/bin/stowage.js');
const WAIT = { minDelay: 1, maxDelay: 1, maxWaitTime: 60 };

let stowage: TestStowage;
let image: string;

beforeAll(async () => {
  image = await busyboxImage();
  stowage = await TestStowage.at();
  await stowage.start();
});

afterAll(() => stowage.reset());

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, '--data', stowage.data, ...args], {
    encoding: 'utf8',
  });
  return { status, out: stdout.trim(), err: stderr.trim() };
}

const container = (name: string, script: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name,
  image,
  memory: 16,
  command: ['sh', '-c', script],
  ...more,
});

async function runUntilStopped(family: string, ...containerDefinitions: ContainerDefinition[]): Promise<string> {
  const ecs = stowage.ecs();
  await ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions }));
  const { tasks = [], failures } = await ecs.send(new RunTaskCommand({ taskDefinition: family }));
  const arn = tasks[0]?.taskArn;
  if (arn === undefined) throw new Error(`Not placed: ${JSON.stringify(failures)}`);
  await waitUntilTasksStopped({ client: ecs, ...WAIT }, { tasks: [arn] });
  return arn;
}

const idOf = (arn: string): string => arn.split('/').at(-1) ?? '';

describe('npx stowage logs', () => {
  it('shows every container of a task, or one, and finds the task by the beginning of its id', async () => {
    const arn = await runUntilStopped('pair', container('web', 'echo a; echo b'), container('sidecar', 'echo c'));
    expect(run('logs', arn)).toEqual({ status: 0, out: 'web     | a\nweb     | b\nsidecar | c', err: '' });
    expect(run('logs', idOf(arn).slice(0, 10), 'sidecar')).toEqual({ status: 0, out: 'c', err: '' });
    expect(run('logs', '--follow', arn).out.split('\n').sort()).toEqual(['sidecar | c', 'web     | a', 'web     | b']);
    expect(run('logs', arn, 'absent')).toEqual({
      status: 1,
      out: '',
      err: 'The task has no container absent. Its containers are web, sidecar.',
    });
    expect(run('explain', idOf(arn).slice(0, 10)).out).toContain('Repeating the decision gives the same result.');
  });

  it('reports why a container never ran, and fails', async () => {
    const noImage = await runUntilStopped('absent', container('main', 'true', { image: 'stowage.invalid/absent:1' }));
    expect(run('logs', noImage)).toMatchObject({ status: 1, out: '' });
    expect(run('logs', noImage).err).toMatch(/^The container main of task \w+ did not run: CannotPullContainerError: /);
    expect(run('logs', '--follow', noImage).err).toContain('CannotPullContainerError');

    const noProgram = await runUntilStopped('program', container('main', '', { command: ['/no/such/program'] }));
    expect(run('logs', noProgram)).toMatchObject({ status: 1, out: '' });
    expect(run('logs', noProgram).err).toContain('CannotStartContainerError: ');

    const quiet = await runUntilStopped('quiet', container('main', 'true'));
    expect(run('logs', quiet)).toEqual({ status: 0, out: '', err: '' });
  });

  it('reports the error first, without the help text', () => {
    expect(run('logs').err).toBe('Name a task, or a log group with --group.');
    expect(run('logs', '0'.repeat(32)).err).toBe(`There is no task ${'0'.repeat(32)}: check the id and --cluster.`);
    expect(run('logs', '--nonsense').err).toBe(
      "error: unknown option '--nonsense'\n(use --help after the command to show its options)",
    );
    expect(run('logs', '--help').out).toContain('--follow');
  });
});

describe('a container with the log driver awslogs', () => {
  const logConfiguration = (group: string, prefix?: string): ContainerDefinition['logConfiguration'] => ({
    logDriver: 'awslogs',
    options: {
      'awslogs-region': 'us-east-1',
      'awslogs-group': group,
      ...(prefix && { 'awslogs-stream-prefix': prefix, 'awslogs-create-group': 'true' }),
    },
  });

  it('runs, and its lines are found by task and by the names of group and stream', async () => {
    const shop = { logConfiguration: logConfiguration('/shop', 'ecs') };
    const first = await runUntilStopped('shop', container('web', 'echo one', shop), container('side', 'echo quiet'));
    const second = await runUntilStopped('shop', container('web', 'echo two', shop));
    const bare = await runUntilStopped(
      'bare',
      container('web', 'echo bare', { logConfiguration: logConfiguration('/bare') }),
    );
    const streams = [first, second].map((arn) => `ecs/web/${idOf(arn)}`);

    expect(run('logs', first, 'web').out).toBe('one');
    expect(run('logs', '--group', '/shop')).toEqual({
      status: 0,
      out: `${streams[0] ?? ''} | one\n${streams[1] ?? ''} | two`,
      err: '',
    });
    expect(run('logs', '--group', '/shop', '--stream', streams[1] ?? '').out).toBe('two');
    expect(run('logs', '--group', '/bare').out).toBe('bare');
    expect(run('logs', '--group', '/nothing').err).toBe('No known task writes to the log group /nothing.');

    const [task, bareTask] = await describeAll(stowage.ecs(), [first, bare]);
    const web = task?.containers?.find(({ name }) => name === 'web')?.containerArn;
    expect(task?.attributes).toEqual([
      { name: 'stowage.log-driver', value: 'json-file', targetId: web },
      { name: 'stowage.log-group', value: '/shop', targetId: web },
      { name: 'stowage.log-stream', value: streams[0], targetId: web },
    ]);
    expect(bareTask?.attributes?.at(-1)?.value).toBe(bareTask?.containers?.[0]?.runtimeId);
  });
});
