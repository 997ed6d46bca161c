import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stowage-volume-'));
  agent = await TestAgent.start({ config: { agentTaskCleanupWaitMs: 0 } });
});
afterAll(async () => {
  await agent.destroy();
  await rm(directory, { recursive: true });
});

/** Resolves when `condition` holds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 50 }).toBe(true);
}

const mount = (sourceVolume: string, containerPath: string, readOnly = false) => ({
  mountPoints: [{ sourceVolume, containerPath, readOnly }],
});

describe('a path of the host', () => {
  it('is mounted for reading and writing', async () => {
    await writeFile(join(directory, 'in'), 'from the host');
    const task = await agent.runUntilRunning({
      ...agent.definition({
        command: ['sh', '-c', 'cat /host/in >/host/out; echo; sleep 60'],
        ...mount('disk', '/host'),
      }),
      volumes: [{ name: 'disk', host: { sourcePath: directory } }],
    });
    await until(async () => (await readFile(join(directory, 'out'), 'utf8').catch(() => '')) === 'from the host');
    await agent.end(task);
  });

  it('cannot be written if it is mounted read-only', async () => {
    const task = await agent.runUntilRunning({
      ...agent.definition({
        command: ['sh', '-c', 'touch /host/x || echo read-only; sleep 60'],
        ...mount('disk', '/host', true),
      }),
      volumes: [{ name: 'disk', host: { sourcePath: directory } }],
    });
    await until(async () => (await agent.output(task)).includes('read-only'));
    expect((await agent.inspect(task)).Mounts[0]).toMatchObject({ Type: 'bind', Source: directory, RW: false });
  });
});

describe('a mount point', () => {
  it('has exactly the path of the definition, even with a colon, and stays writable', async () => {
    const command = ['sh', '-c', 'echo written >/d:ro/file && cat /d:ro/file; touch /h:ro/x && echo host; sleep 60'];
    const mountPoints = [
      { sourceVolume: 'data', containerPath: '/d:ro' },
      { sourceVolume: 'disk', containerPath: '/h:ro' },
    ];
    const task = await agent.runUntilRunning({
      ...agent.definition({ command, mountPoints }),
      volumes: [{ name: 'data' }, { name: 'disk', host: { sourcePath: directory } }],
    });
    await until(async () => (await agent.output(task)) === 'written\nhost');
    const { Mounts } = await agent.inspect(task);
    expect(Mounts.map(({ Destination }) => Destination).sort()).toEqual(['/d:ro', '/h:ro']);
    await agent.end(task);
  });

  it('creates a missing path of the host', async () => {
    const sourcePath = join(directory, 'missing/below');
    const task = await agent.runUntilRunning({
      ...agent.definition({ command: ['sh', '-c', 'echo made >/host/file; sleep 60'], ...mount('disk', '/host') }),
      volumes: [{ name: 'disk', host: { sourcePath } }],
    });
    await until(async () => (await readFile(join(sourcePath, 'file'), 'utf8').catch(() => '')) === 'made\n');
    await agent.end(task);
  });

  it('and its container have names that Docker accepts, for any length of family, container and volume', async () => {
    const [family, name, volume] = ['f', 'c', 'v'].map((letter) => letter.repeat(255));
    const task = await agent.runUntilRunning({
      family: family!,
      containerDefinitions: [
        agent.container({ name: name!, command: ['sh', '-c', 'echo x >/d/x; sleep 60'], ...mount(volume!, '/d') }),
      ],
      volumes: [{ name: volume! }],
    });
    const [made] = await agent.volumes();
    expect(made).toMatch(/^ecs-f+-[0-9a-f]{20}$/);
    expect(made).toHaveLength(255);
    expect((await agent.inspect(task, name)).Name).toHaveLength(256);
    await agent.end(task);
  });
});

describe('a volume of the task', () => {
  const writer = { name: 'writer', command: ['sh', '-c', 'echo shared >/a/file; sleep 60'], ...mount('data', '/a') };
  const reader = {
    name: 'reader',
    command: ['sh', '-c', 'until cat /b/file 2>/dev/null; do sleep 0.1; done; sleep 60'],
    ...mount('data', '/b'),
  };

  it('without any configuration is shared by its containers and deleted with the task', async () => {
    const task = await agent.runUntilRunning({
      family: 'scratch',
      containerDefinitions: [agent.container(writer), agent.container(reader)],
      volumes: [{ name: 'data', host: {} }],
    });
    await until(async () => (await agent.output(task, 'reader')) === 'shared');
    const [volume] = await agent.volumes();
    expect(volume).toMatch(/^ecs-scratch-\d+-data-[0-9a-f]{20}$/);
    await agent.end(task);
    await until(async () => (await agent.volumes()).length === 0 && (await agent.containers(task)).length === 0);
  });

  it('has the driver, options and labels of its Docker configuration', async () => {
    const dockerVolumeConfiguration = {
      scope: 'task' as const,
      driver: 'local',
      driverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' },
      labels: { team: 'blue' },
    };
    const task = await agent.runUntilRunning({
      ...agent.definition(mount('data', '/data')),
      volumes: [{ name: 'data', dockerVolumeConfiguration }],
    });
    const [name = ''] = await agent.volumes();
    const volume = await agent.docker.getVolume(name).inspect();
    expect(volume).toMatchObject({ Driver: 'local', Options: { o: 'size=1m' } });
    expect(volume.Labels).toMatchObject({ team: 'blue', 'stowage.task': task });
    await agent.end(task);
    await until(async () => (await agent.volumes()).length === 0);
  });

  it('ends the task if Docker cannot create it', async () => {
    const report = await agent.runUntilStopped({
      ...agent.definition(mount('data', '/data')),
      volumes: [{ name: 'data', dockerVolumeConfiguration: { scope: 'task', driverOpts: { nonsense: 'x' } } }],
    });
    expect(report.stopCode).toBe('TaskFailedToStart');
    expect(report.stoppedReason).toMatch(/^CannotCreateVolumeError: .*nonsense/);
  });
});

describe('a shared volume', () => {
  const shared = (name: string, autoprovision: boolean) => [
    { name, dockerVolumeConfiguration: { scope: 'shared' as const, autoprovision } },
  ];

  it('is created if it is missing, and outlives its task', async () => {
    const name = `shared-${agent.instance}`;
    const command = ['sh', '-c', 'echo line >>/data/log; exit $(wc -l </data/log)'];
    const definition = { ...agent.definition({ command, ...mount(name, '/data') }), volumes: shared(name, true) };
    expect((await agent.runUntilStopped(definition)).containers[0]?.exitCode).toBe(1);
    const second = await agent.runUntilStopped(definition);
    expect(second.containers[0]?.exitCode).toBe(2);
    await until(async () => (await agent.containers(second.task)).length === 0);
    expect(await agent.volumes()).toEqual([name]);
    await agent.docker.getVolume(name).remove();
  });

  it('ends the task if it is missing and autoprovision is not set', async () => {
    const report = await agent.runUntilStopped({
      ...agent.definition(mount('nowhere', '/data')),
      volumes: shared('nowhere', false),
    });
    expect(report.stoppedReason).toMatch(/^CannotCreateVolumeError: Volume nowhere does not exist/);
    expect(await agent.volumes()).toEqual([]);
  });
});

describe('volumesFrom', () => {
  it('gives a container the volumes of another one, read-only if the definition sets it', async () => {
    const source = {
      name: 'source',
      command: ['sh', '-c', 'echo here >/data/file; sleep 60'],
      ...mount('data', '/data'),
    };
    const from = (readOnly: boolean) => ({ volumesFrom: [{ sourceContainer: 'source', readOnly }] });
    const script = (name: string) => [
      'sh',
      '-c',
      `until cat /data/file 2>/dev/null; do sleep 0.1; done; touch /data/${name} || echo no; sleep 60`,
    ];
    const task = await agent.runUntilRunning({
      // The source is last in the definition, but it is created first.
      containerDefinitions: [
        agent.container({ name: 'both', command: script('both'), ...from(false) }),
        agent.container({ name: 'read', command: script('read'), ...from(true) }),
        agent.container(source),
      ],
      volumes: [{ name: 'data' }],
    });
    await until(async () => (await agent.output(task, 'both')) === 'here');
    await until(async () => (await agent.output(task, 'read')).split('\n').includes('no'));
  });
});
