import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ListTasksCommand, StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { connect, credsAuthenticator } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestStowage } from '../support/stowage';
import { busyboxImage, runOne } from '../support/tasks';

const BIN = resolve(__dirname, '../../apps/stowage/bin/stowage.js');

let stowage: TestStowage;
let talker: Task;

beforeAll(async () => {
  await busyboxImage();
  stowage = await TestStowage.at();
  await stowage.start();
  // Writes ten lines at once and one more every 0.2 s, with errors among them.
  const script = 'for i in $(seq 10); do echo line $i; done; echo oops >&2; while true; do sleep 0.2; date +tick; done';
  [talker] = (await runOne(stowage.ecs(), 'talker', {
    command: ['sh', '-c', script],
    linuxParameters: { initProcessEnabled: true },
  })) as [Task];
});

afterAll(() => stowage.reset());

const refusal = (...args: readonly string[]): string => {
  try {
    stowage.command(...args);
  } catch (error) {
    if (error instanceof Error && 'stderr' in error) return String(error.stderr).trim();
    throw error;
  }
  throw new Error('The command was not rejected.');
};

describe('npx stowage explain and plan', () => {
  it('show why a task is on its instance, what would fit, and what would have to change', () => {
    const why = stowage.command('explain', talker.taskArn ?? '');
    expect(why).toContain(`Placed on ${talker.containerInstanceArn?.split('/').at(-1) ?? ''}`);
    expect(why).toContain('Repeating the decision gives the same result.');
    const packed = { taskDefinition: 'talker', placementStrategy: [{ type: 'binpack', field: 'memory' }] };
    expect(stowage.command('explain', '--run-task', JSON.stringify(packed))).toMatch(/ fits, binpack memory \d+/);
    // There is one instance only.
    expect(stowage.command('explain', '--run-task', 'talker')).toMatch(/ fits$/m);
    expect(stowage.command('explain', '--run-task', 'talker', '--next-token', '1')).not.toMatch(/ fits$/m);
    const nowhere = [{ type: 'memberOf', expression: 'attribute:rack == 7' }];
    const parameters = JSON.stringify({ taskDefinition: 'talker', placementConstraints: nowhere });
    const plan = stowage.command('plan', '--run-task', parameters, '--count', '2');
    expect(plan).toContain('0 of 2 tasks would be placed; nothing was changed.');
    expect(plan).toContain('it would fit if it matches attribute:rack == 7');
    expect(JSON.parse(stowage.command('plan', '--run-task', 'talker', '--json'))).toMatchObject({ placed: 1 });
    expect(refusal('plan', '--run-task', '{oops')).toMatch(/argument '{oops' is invalid. It is not valid JSON: /);
    expect(refusal('plan', '--service', 'web', '--count', '2')).toMatch(/^--count requires --run-task/);
    expect(stowage.unread('explain', '--run-task', 'talker')).toBe('');
    expect(refusal('explain', 'f'.repeat(32))).toBe('InvalidParameterException: The referenced task was not found.');
  });
});

describe('npx stowage events', () => {
  it('shows past events, and continues with new ones', async () => {
    const args = ['events', '--from', '1', '--cluster', 'default', '--type', 'TasksPlaced'];
    const follower = spawn(process.execPath, [BIN, '--data', stowage.data, ...args]);
    let said = '';
    follower.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const placed = (): readonly string[] => said.match(/"type":"TasksPlaced"/g) ?? [];
    await expect.poll(() => placed().length, { timeout: 10_000 }).toBe(1);
    expect(said).toContain(talker.taskArn?.split('/').at(-1));
    const [another] = (await runOne(stowage.ecs(), 'another', { command: ['sleep', '60'] })) as [Task];
    await expect.poll(() => placed().length, { timeout: 10_000 }).toBe(2);
    expect(said.trim().split('\n').at(-1)).toContain(another.taskArn?.split('/').at(-1));
    follower.kill();
  });

  it('reports an error in one sentence', () => {
    expect(refusal('events', '--from', 'soon')).toMatch(/^InvalidParameterException: from: must be a sequence/);
  });
});

describe('npx stowage logs', () => {
  it('shows the output of the container, each stream on the same stream', () => {
    const lines = stowage.command('logs', talker.taskArn ?? '').split('\n');
    expect(lines.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, at) => `line ${String(at + 1)}`));
    expect(lines).not.toContain('oops');
  });

  it('starts with the last lines if the option is given', () => {
    const lines = stowage
      .command('logs', '--tail', '2', talker.taskArn ?? '', 'main')
      .trim()
      .split('\n');
    expect(lines.slice(0, 2)).toEqual(['tick', 'tick']);
  });

  it('follows until the container stops, and reads a stopped container', async () => {
    const arn = talker.taskArn ?? '';
    const follower = spawn(process.execPath, [BIN, '--data', stowage.data, 'logs', '--follow', arn]);
    let said = '';
    follower.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(follower, 'exit');
    await expect.poll(() => said.match(/tick/g)?.length ?? 0, { timeout: 10_000 }).toBeGreaterThan(3);
    await stowage.ecs().send(new StopTaskCommand({ task: arn }));
    expect((await ended)[0]).toBe(0);
    expect(stowage.command('logs', arn)).toBe(said);
  });

  it('reports an error in one sentence', () => {
    expect(refusal('logs', '0'.repeat(32))).toBe(`There is no task ${'0'.repeat(32)}: check the id and --cluster.`);
    expect(refusal('logs', talker.taskArn ?? '', 'absent')).toMatch(/no container absent/);
  });
});

describe('npx stowage', () => {
  it('runs the AWS CLI against this endpoint, with its exit code', () => {
    // Stands in for any version of the AWS CLI: prints its arguments and fails.
    const folder = mkdtempSync(join(tmpdir(), 'stowage-aws-'));
    const script = '#!/bin/sh\necho "$@" "$AWS_ACCESS_KEY_ID" "$AWS_REGION" "$AWS_PROFILE"\nexit 7\n';
    writeFileSync(join(folder, 'aws'), script, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, AWS_PROFILE: 'work', AWS_ACCESS_KEY_ID: 'foreign' };
    const args = [BIN, '--data', stowage.data, 'aws', 'ecs', 'list-tasks', '--query', 'x', '--help'];
    const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    const { AWS_ENDPOINT_URL = '', AWS_ACCESS_KEY_ID = '' } = stowage.variables();
    expect(stdout.trim()).toBe(
      `--endpoint-url ${AWS_ENDPOINT_URL} ecs list-tasks --query x --help ${AWS_ACCESS_KEY_ID} us-east-1`,
    );
    expect(status).toBe(7);
  });

  it('creates credentials with which a program reads events from NATS', async () => {
    const access = JSON.parse(stowage.command('event-reader', '--from', '1')) as Readonly<Record<string, string>>;
    const { credentials = '', inboxPrefix = '', apiPrefix = '', stream = '', consumer = '' } = access;
    const authenticator = credsAuthenticator(Buffer.from(credentials));
    const nats = await connect({ servers: access['natsUrls'] ?? '', authenticator, inboxPrefix });
    const reader = await nats.jetstream({ apiPrefix }).consumers.get(stream, consumer);
    expect((await reader.next())?.json()).toMatchObject({ event: { type: 'JournalOpened' } });
    await nats.close();
  });

  it('rebuilds the read model while the services run', async () => {
    expect(stowage.command('rebuild')).toMatch(/^The read model was rebuilt from the journal, up to position \d+\.$/m);
    const { taskArns } = await stowage.ecs().send(new ListTasksCommand({ desiredStatus: 'STOPPED' }));
    expect(taskArns).toContain(talker.taskArn);
  });

  it('shows the processes that run', () => {
    expect(stowage.command('status')).toMatch(/^supervisor +process \d+\nnats +process \d+/);
  });

  it('reports that nothing was started on empty data', () => {
    expect(refusal('--data', join(stowage.data, 'nowhere'), 'status')).toMatch(
      /^Stowage was never started on this data/,
    );
  });

  it('uses the Stowage of the named data folder, not the one in the environment', () => {
    const another = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    const keys = { AWS_ACCESS_KEY_ID: 'another', AWS_SECRET_ACCESS_KEY: 'another' };
    const env = { PATH: process.env['PATH'], ...another, ...keys };
    const run = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { env, encoding: 'utf8' });
    expect(run('--data', stowage.data, 'join-token')).toMatchObject({ status: 0 });
    expect(run('join-token')).toMatchObject({ status: 1, stderr: expect.stringContaining('127.0.0.1:1') as unknown });
  });

  it('never combines the keys of the environment with the endpoint of a file', () => {
    const env = { PATH: process.env['PATH'], AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'us-east-1' };
    const run = () => execFileSync(process.execPath, [BIN, 'join-token'], { env, stdio: 'pipe' });
    expect(run).toThrow(/AWS_ENDPOINT_URL is set, so AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be/);
  });
});

it('npm run demo shows the page change, the link and the history', () => {
  const said = stowage.command('demo', '--only-tasks');
  const pages = said.match(/It is .*(?=<\/body>)/g) ?? [];
  expect(pages).toHaveLength(4);
  expect(new Set(pages).size).toBe(4);
  expect(said).toContain('Hello from the backend, passed on by the frontend');
  expect(said).toMatch(/demo-web-and-sidecar:1 STOPPED \(UserInitiated The demonstration is over\): created/);
  expect(said.match(/^ {3}\$ aws ecs /gm)?.length).toBeGreaterThanOrEqual(8);
});
