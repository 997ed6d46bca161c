import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

/** Checks each parameter of a container definition from inside the container, or with docker inspect. */

const MIB = 1024 * 1024;
let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

describe('the process of a container', () => {
  it('has the command and the entry point of the definition', async () => {
    const { task } = await agent.runUntilStopped(
      agent.definition({ entryPoint: ['echo', 'to'], command: ['be', 'or'] }),
    );
    expect(await agent.output(task)).toBe('to be or');
  });

  it('has the command of an override instead', async () => {
    const overrides = { containerOverrides: [{ name: 'main', command: ['echo', 'override'] }] };
    const { task } = await agent.runUntilStopped(agent.definition({ command: ['echo', 'definition'] }), overrides);
    expect(await agent.output(task)).toBe('override');
  });

  it('sees the environment, in which an override replaces single variables, and the variables of ECS', async () => {
    const given = [
      { name: 'KEPT', value: 'a=b c' },
      { name: 'REPLACED', value: 'old' },
    ];
    const environment = [
      { name: 'REPLACED', value: 'new' },
      { name: 'ADDED', value: '' },
    ];
    const overrides = { containerOverrides: [{ name: 'main', environment }] };
    const { task } = await agent.runUntilStopped(agent.definition({ command: ['env'], environment: given }), overrides);
    const lines = (await agent.output(task)).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['KEPT=a=b c', 'REPLACED=new', 'ADDED=', 'AWS_EXECUTION_ENV=AWS_ECS_EC2']),
    );
    expect(lines).toEqual(expect.arrayContaining(['AWS_REGION=us-east-1', 'AWS_DEFAULT_REGION=us-east-1']));
    expect(lines.find((line) => line.startsWith('ECS_CONTAINER_METADATA_URI='))).toMatch(/\/v3\/[0-9a-f]{32}$/);
    expect(lines.find((line) => line.startsWith('ECS_CONTAINER_METADATA_URI_V4='))).toMatch(/\/v4\/[0-9a-f]{32}$/);
    expect(lines.find((line) => line.startsWith('ECS_AGENT_URI='))).toMatch(/\/api\/[0-9a-f]{32}$/);
  });

  it.each(['AWS_REGION', 'AWS_DEFAULT_REGION'])('keeps its own %s, and gets no second region', async (name) => {
    const environment = [{ name, value: 'eu-west-1' }];
    const { task } = await agent.runUntilStopped(agent.definition({ command: ['env'], environment }));
    const regions = (await agent.output(task)).split('\n').filter((line) => line.includes('REGION'));
    expect(regions).toEqual([`${name}=eu-west-1`]);
  });

  it('runs with the user, the directory and the host name of the definition', async () => {
    const output = await agent.outputOf('id -u; pwd; hostname', {
      user: 'guest',
      workingDirectory: '/tmp',
      hostname: 'mine',
    });
    expect(output).toBe('1000\n/tmp\nmine');
  });

  it('is the child of an init process if the definition sets initProcessEnabled', async () => {
    expect(await agent.outputOf('cat /proc/1/comm', { linuxParameters: { initProcessEnabled: true } })).toMatch(/init/);
    expect(await agent.outputOf('cat /proc/1/comm')).not.toMatch(/init/);
  });

  it('has a terminal and an open standard input if the definition sets them', async () => {
    expect(await agent.outputOf('[ -t 1 ] && echo terminal', { pseudoTerminal: true })).toBe('terminal');
    const task = await agent.runUntilRunning(agent.definition({ command: ['cat'], interactive: true }));
    expect((await agent.inspect(task)).Config.OpenStdin).toBe(true);
  });

  it('has the ulimits of the definition', async () => {
    const ulimits = [{ name: 'nofile' as const, softLimit: 321, hardLimit: 654 }];
    expect(await agent.outputOf('ulimit -Sn; ulimit -Hn', { ulimits })).toBe('321\n654');
  });
});

describe('the permissions of a container', () => {
  it('include everything if it is privileged', async () => {
    expect(await agent.outputOf('mount -t tmpfs none /tmp 2>/dev/null || echo no')).toBe('no');
    const task = agent.run(agent.definition({ privileged: true }));
    // On a host without some of the capabilities, Docker creates such a container and fails to start it.
    const report = await agent.controlPlane.reported(task, ({ containers }) => containers[0]?.lastStatus !== 'PENDING');
    expect((await agent.inspect(task)).HostConfig.Privileged).toBe(true);
    expect(report.containers[0]?.reason ?? 'started').toMatch(/^started$|^CannotStartContainerError: .*apply caps/);
  });

  it('follow the capabilities added and dropped', async () => {
    const capabilities = { add: ['SYS_ADMIN'], drop: ['CHOWN'] };
    const script =
      'mkdir /tmp/a; mount -t tmpfs none /tmp/a 2>/dev/null; touch /data/x; chown 1 /data/x 2>/dev/null || echo no chown';
    expect(await agent.outputOf(script, { linuxParameters: { capabilities } })).toBe('no chown');
    const task = await agent.runUntilRunning(agent.definition({ linuxParameters: { capabilities } }));
    expect((await agent.inspect(task)).HostConfig).toMatchObject({ CapAdd: ['SYS_ADMIN'], CapDrop: ['CHOWN'] });
  });

  it('exclude writes if the root file system is read-only', async () => {
    expect(await agent.outputOf('touch /data/x 2>/dev/null || echo no', { readonlyRootFilesystem: true })).toBe('no');
  });

  it('follow the security options', async () => {
    const output = await agent.outputOf('grep NoNewPrivs /proc/self/status', {
      dockerSecurityOptions: ['no-new-privileges'],
    });
    expect(output.split(/\s+/)).toEqual(['NoNewPrivs:', '1']);
  });

  it('include the devices, with their permissions', async () => {
    const devices = [{ hostPath: '/dev/kmsg', containerPath: '/dev/messages', permissions: ['read' as const] }];
    const script = 'ls /dev/messages; (echo x >/dev/messages) 2>/dev/null || echo no write';
    expect(await agent.outputOf(script, { linuxParameters: { devices } })).toBe('/dev/messages\nno write');
    const task = await agent.runUntilRunning(agent.definition({ linuxParameters: { devices } }));
    expect((await agent.inspect(task)).HostConfig.Devices).toEqual([
      { PathOnHost: '/dev/kmsg', PathInContainer: '/dev/messages', CgroupPermissions: 'r' },
    ]);
  });

  it('include its own GPUs and no others', async () => {
    const dependsOn = [{ containerName: 'log', condition: 'START' as const }];
    const containers = [agent.container({ dependsOn }), agent.container({ name: 'log', essential: false })];
    const task = agent.run({ containerDefinitions: containers }, {}, { main: { gpuIds: ['GPU-1', 'GPU-2'] } });
    // Without these GPUs, Docker creates such a container and fails to start it.
    const report = await agent.status(task, 'STOPPED');
    expect(report.containers[0]?.reason).toMatch(/^CannotStartContainerError: /);
    expect((await agent.inspect(task)).HostConfig.DeviceRequests).toEqual([
      { Driver: '', Count: 0, DeviceIDs: ['GPU-1', 'GPU-2'], Capabilities: [['gpu']], Options: null },
    ]);
    expect((await agent.inspect(task, 'log')).HostConfig.DeviceRequests).toBeNull();
  });

  it('include the system controls', async () => {
    const systemControls = [{ namespace: 'net.core.somaxconn', value: '77' }];
    expect(await agent.outputOf('cat /proc/sys/net/core/somaxconn', { systemControls })).toBe('77');
  });
});

describe('the memory and CPU of a container', () => {
  it('are Docker shares, a hard limit and a soft limit', async () => {
    const task = await agent.runUntilRunning(agent.definition({ cpu: 128, memory: 64, memoryReservation: 32 }));
    expect((await agent.inspect(task)).HostConfig).toMatchObject({
      CpuShares: 128,
      Memory: 64 * MIB,
      MemoryReservation: 32 * MIB,
    });
  });

  it('are at least two shares, and no hard limit if the definition has only a reservation', async () => {
    const task = await agent.runUntilRunning(agent.definition({ cpu: 0, memory: undefined, memoryReservation: 32 }));
    expect((await agent.inspect(task)).HostConfig).toMatchObject({
      CpuShares: 2,
      Memory: 0,
      MemoryReservation: 32 * MIB,
    });
  });

  it('follow the overrides', async () => {
    const overrides = { containerOverrides: [{ name: 'main', cpu: 300, memory: 48, memoryReservation: 24 }] };
    const task = await agent.runUntilRunning(agent.definition(), overrides);
    const { HostConfig } = await agent.inspect(task);
    expect(HostConfig).toMatchObject({ CpuShares: 300, Memory: 48 * MIB, MemoryReservation: 24 * MIB });
  });

  it('include swap and swappiness', async () => {
    const linuxParameters = { maxSwap: 16, swappiness: 10 };
    const task = await agent.runUntilRunning(agent.definition({ linuxParameters }));
    const { HostConfig } = await agent.inspect(task);
    expect(HostConfig).toMatchObject({ MemorySwap: 48 * MIB, MemorySwappiness: 10 });
  });

  it('include shared memory and tmpfs of the given sizes', async () => {
    const linuxParameters = {
      sharedMemorySize: 10,
      tmpfs: [{ containerPath: '/scratch', size: 5, mountOptions: ['noexec'] }],
    };
    const output = await agent.outputOf("df -m /dev/shm /scratch | tr -s ' '; mount | grep scratch", {
      linuxParameters,
    });
    expect(output).toMatch(/shm 10 /);
    expect(output).toMatch(/tmpfs 5 .*\/scratch/);
    expect(output).toMatch(/\/scratch type tmpfs \(.*noexec.*\)/);
  });

  it('kill it when it exceeds the hard limit, with a reason that names the limit', async () => {
    const command = ['sh', '-c', 'head -c 64m /dev/zero | tail'];
    const report = await agent.runUntilStopped(
      agent.definition({ command, memory: 16, linuxParameters: { maxSwap: 0 } }),
    );
    expect(report.containers[0]).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
    expect(report.stopCode).toBe('EssentialContainerExited');
  });
});

describe('the container in Docker', () => {
  it('has a name in the pattern of ECS, and the labels of ECS, of the definition and of the agent', async () => {
    const dockerLabels = { team: 'blue', 'com.amazonaws.ecs.cluster': 'not yours' };
    const task = await agent.runUntilRunning({ family: 'names', ...agent.definition({ dockerLabels }) });
    const { Name, Config } = await agent.inspect(task);
    const item = agent.controlPlane.items.get(task)!;
    expect(Name).toMatch(new RegExp(`^/ecs-names-${String(item.taskDefinition.revision)}-main-[0-9a-f]{20}$`));
    expect(Config.Labels).toMatchObject({
      team: 'blue',
      'com.amazonaws.ecs.cluster': 'agent-tests',
      'com.amazonaws.ecs.container-name': 'main',
      'com.amazonaws.ecs.task-arn': item.taskArn,
      'com.amazonaws.ecs.task-definition-family': 'names',
      'com.amazonaws.ecs.task-definition-version': String(item.taskDefinition.revision),
      'stowage.instance': agent.instance,
      'stowage.task': task,
    });
  });

  it('has the log configuration of the definition', async () => {
    const logConfiguration = { logDriver: 'json-file' as const, options: { 'max-size': '1m', tag: 'x' } };
    const task = await agent.runUntilRunning(agent.definition({ logConfiguration }));
    expect((await agent.inspect(task)).HostConfig.LogConfig).toEqual({
      Type: 'json-file',
      Config: { 'max-size': '1m', tag: 'x' },
    });
    const plain = await agent.runUntilRunning(agent.definition());
    expect((await agent.inspect(plain)).HostConfig.LogConfig).toEqual({ Type: 'json-file', Config: {} });
  });

  it('has the mode that Docker requires for a buffer size alone', async () => {
    const logConfiguration = { logDriver: 'json-file' as const, options: { 'max-buffer-size': '1m' } };
    const task = await agent.runUntilRunning(agent.definition({ logConfiguration }));
    expect((await agent.inspect(task)).HostConfig.LogConfig).toEqual({
      Type: 'json-file',
      Config: { 'max-buffer-size': '1m', mode: 'non-blocking' },
    });
  });

  it('uses local files with size limits instead of awslogs, and keeps the names of group and stream', async () => {
    const options = {
      'awslogs-region': 'us-east-1',
      'awslogs-group': '/shop',
      'awslogs-stream-prefix': 'ecs',
      'awslogs-create-group': 'true',
      'awslogs-datetime-format': '%Y',
    };
    const { task } = await agent.runUntilStopped(
      agent.definition({ command: ['echo', 'hello'], logConfiguration: { logDriver: 'awslogs', options } }),
    );
    expect(await agent.output(task)).toBe('hello');
    const { HostConfig, Config } = await agent.inspect(task);
    expect(HostConfig.LogConfig).toEqual({ Type: 'json-file', Config: { 'max-size': '20m', 'max-file': '5' } });
    expect(Config.Labels).toMatchObject({ 'stowage.log-group': '/shop', 'stowage.log-stream': `ecs/main/${task}` });
  });
});
