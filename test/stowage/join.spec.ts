import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  DescribeContainerInstancesCommand,
  type ECSClient,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  StartTaskCommand,
  waitUntilTasksRunning,
} from '@aws-sdk/client-ecs';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtherMachine } from '../support/machine';
import { START_TIMEOUT_MS, TestStowage } from '../support/stowage';
import { busyboxImage, docker } from '../support/tasks';

const BIN = resolve(__dirname, '../../apps/stowage/bin/stowage.js');

let machine: OtherMachine;
let stowage: TestStowage;
let ecs: ECSClient;
let image: string;
const folders: string[] = [];
const agents: ChildProcess[] = [];

beforeAll(async () => {
  image = await busyboxImage();
  machine = OtherMachine.create();
  stowage = await TestStowage.at('--host', machine.hereAddress);
  await stowage.start();
  ecs = stowage.ecs();
});

afterAll(async () => {
  await Promise.all(agents.splice(0).map(end));
  for (const id of await instances()) removeContainersOf(id);
  stowage.reset();
  machine.destroy();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const instances = async (): Promise<readonly string[]> =>
  ((await ecs.send(new ListContainerInstancesCommand({}))).containerInstanceArns ?? []).map(
    (arn) => arn.split('/').at(-1) ?? '',
  );

function removeContainersOf(instance: string): void {
  const ids = docker('ps', '--all', '--quiet', '--filter', `label=stowage.instance=${instance}`);
  if (ids !== '') docker('rm', '--force', '--volumes', ...ids.split('\n'));
}

async function end(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  const ended = once(agent, 'exit');
  agent.kill('SIGTERM');
  await ended;
}

/** The command line of `npx stowage agent` on the other machine, with its own data. */
function agentThere(folder: string, ...args: readonly string[]): readonly [string, ...string[]] {
  const words = machine.command(process.execPath, BIN, '--data', folder, 'agent', '--bind', '127.0.1.201', ...args);
  return words as [string, ...string[]];
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-joined-'));
  folders.push(folder);
  return folder;
}

function startAgent(folder: string, input: string, ...args: readonly string[]): ChildProcess {
  const [command, ...rest] = agentThere(folder, ...args);
  const agent = spawn(command, rest, { stdio: ['pipe', 'ignore', 'ignore'] });
  agent.stdin.end(input);
  agents.push(agent);
  return agent;
}

/** Arguments of every process of this machine, as `ps` shows them. */
function allArguments(): string {
  return spawnSync('ps', ['-e', '-ww', '-o', 'args'], { encoding: 'utf8' }).stdout;
}

const server = (): string => `${machine.hereAddress}:${String(stowage.port)}`;
const isConnected = async (id: string): Promise<boolean | undefined> => {
  const found = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances: [id] }));
  return found.containerInstances?.[0]?.agentConnected;
};

const folder = newFolder();
let joined = '';

describe('a second machine', () => {
  it('joins with one command and a token that is valid for one machine', async () => {
    const known = await instances();
    const token = stowage.command('join-token', '--one-time').trim();
    startAgent(folder, `${token}\n`, '--join', '-', '--server', server(), '--zone', 'us-east-1z');
    await expect.poll(instances, { timeout: 20_000 }).toHaveLength(known.length + 1);
    expect(allArguments()).toContain('--join -');
    expect(allArguments()).not.toContain(token);
    joined = (await instances()).find((id) => !known.includes(id)) ?? '';
    await expect.poll(() => isConnected(joined), { timeout: 20_000 }).toBe(true);

    const file = join(newFolder(), 'token');
    writeFileSync(file, token);
    const [command, ...args] = agentThere(newFolder(), '--join', file, '--server', server());
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr.trim()).toMatch(/^The control plane at \S+ refused: .+$/);
  });

  it('runs tasks, and returns their logs to clients of the gateway', async () => {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'there',
        containerDefinitions: [{ name: 'main', image, memory: 16, command: ['sh', '-c', 'echo here I am; sleep 600'] }],
      }),
    );
    const started = await ecs.send(new StartTaskCommand({ taskDefinition: 'there', containerInstances: [joined] }));
    const task = started.tasks?.[0]?.taskArn ?? '';
    await waitUntilTasksRunning({ client: ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, { tasks: [task] });
    await expect.poll(() => stowage.command('logs', task), { timeout: 10_000 }).toBe('here I am\n');
  });

  it('is the same instance when its agent starts again, without a token', async () => {
    const known = await instances();
    await end(agents[0]!);
    const again = startAgent(folder, '');
    await expect.poll(() => isConnected(joined), { timeout: 20_000 }).toBe(true);
    expect(await instances()).toEqual(known);
    await end(again);
  });

  it('is rejected if the token is not valid', () => {
    const [command, ...args] = agentThere(newFolder(), '--join', '-', '--server', server());
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', input: 'nonsense' });
    expect(status).not.toBe(0);
    expect(stderr.trim()).toBe('This is not a join token.');
  });

  it('does not accept the token as an argument, which every user of the machine can read', () => {
    const token = stowage.command('join-token').trim();
    const [command, ...args] = agentThere(newFolder(), '--join', token, '--server', server());
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr.trim()).toMatch(/^--join does not take the token itself. Give a file with the token, or - /);
  });
});

it('beyond loopback NATS accepts only connections with TLS and credentials', async () => {
  const servers = `nats://${machine.hereAddress}:${String(stowage.port + 1)}`;
  await expect(connect({ servers, reconnect: false })).rejects.toThrow();
});

it(
  'a second machine follows a deployment to another port when its agent receives the server',
  async () => {
    await stowage.end();
    const port = stowage.port + 3;
    stowage.args = [...stowage.args, '--port', String(port)];
    await stowage.start();
    ecs = stowage.ecs();
    const agent = startAgent(folder, '', '--server', `${machine.hereAddress}:${String(port)}`);
    const started = await ecs.send(new StartTaskCommand({ taskDefinition: 'there', containerInstances: [joined] }));
    const task = started.tasks?.[0]?.taskArn ?? '';
    await waitUntilTasksRunning({ client: ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, { tasks: [task] });
    await end(agent);
  },
  START_TIMEOUT_MS,
);
