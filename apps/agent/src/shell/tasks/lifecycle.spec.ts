import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

const shell = (script: string) => ({ command: ['sh', '-c', script] });
/** Exits with this code on SIGTERM. */
const exitsOnTerm = (code: number) => shell(`trap "exit ${String(code)}" TERM; while :; do sleep 0.05; done`);

describe('a task whose containers exit', () => {
  it('stops when its essential container exits, even with code 0', async () => {
    const report = await agent.runUntilStopped({
      containerDefinitions: [
        agent.container(shell('sleep 0.3')),
        agent.container({ name: 'other', ...exitsOnTerm(0) }),
      ],
    });
    expect(report).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [
        { name: 'main', lastStatus: 'STOPPED', exitCode: 0 },
        { name: 'other', lastStatus: 'STOPPED', exitCode: 0 },
      ],
    });
    expect(report.executionStoppedAt).toBeGreaterThan(0);
  });

  it('continues without a container that is not essential, and reports its exit code', async () => {
    const task = await agent.runUntilRunning({
      containerDefinitions: [
        agent.container(),
        agent.container({ name: 'side', essential: false, ...shell('exit 7') }),
      ],
    });
    const report = await agent.controlPlane.reported(task, ({ lastStatus, containers }) => {
      return lastStatus === 'RUNNING' && containers[1]?.lastStatus === 'STOPPED';
    });
    expect(report.containers[1]?.exitCode).toBe(7);
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('is reported RUNNING even if it stops before the first report', async () => {
    const { task } = await agent.runUntilStopped(agent.definition(shell('exit 5')));
    const reports = agent.controlPlane.reportsOf(task);
    expect(reports.map(({ lastStatus }) => lastStatus)).toEqual(['PENDING', 'RUNNING', 'STOPPED']);
    expect(reports.at(-1)?.containers[0]?.exitCode).toBe(5);
  });
});

describe('a task that is stopped', () => {
  it('gets SIGTERM, and its own exit code', async () => {
    const task = await agent.runUntilRunning(agent.definition({ ...exitsOnTerm(9), stopTimeout: 20 }));
    const report = await agent.end(task);
    expect(report.containers[0]).toMatchObject({ lastStatus: 'STOPPED', exitCode: 9 });
    // The client that stopped the task has set the reason.
    expect(report.stopCode).toBeUndefined();
    expect(report.stoppedReason).toBeUndefined();
  });

  it('gets SIGKILL after its stop timeout', async () => {
    const task = await agent.runUntilRunning(
      agent.definition({ ...shell('trap "" TERM; while :; do sleep 0.1; done'), stopTimeout: 2 }),
    );
    const stopRequestedAt = Date.now();
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(137);
    expect(Date.now() - stopRequestedAt).toBeGreaterThan(1_900);
  });

  it('gets the stop signal of its image', async () => {
    const image = `stowage-agent-test/signal-${agent.instance}:1`;
    await agent.makeImage(image, ['STOPSIGNAL SIGUSR1']);
    const task = await agent.runUntilRunning(
      agent.definition({ image, ...shell('trap "exit 3" USR1; while :; do sleep 0.05; done'), stopTimeout: 20 }),
    );
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(3);
  });

  it('before its start never runs', async () => {
    const task = agent.run(agent.definition());
    agent.requestStop(task);
    await agent.status(task, 'STOPPED');
    const running = (await agent.containers(task)).filter(({ State }) => State === 'running');
    expect(running).toEqual([]);
  });

  it('is stopped when it is no longer in the work list', async () => {
    const task = await agent.runUntilRunning(agent.definition(exitsOnTerm(0)));
    agent.controlPlane.items.delete(task);
    agent.controlPlane.hint();
    await expect.poll(async () => (await agent.inspect(task)).State.Running).toBe(false);
  });
});

describe('the restart policy', () => {
  it('restarts a container in place, each time it has run for long enough', async () => {
    // A task definition needs a period of at least a minute. The agent does not check it, so this test can use a
    // shorter one.
    const restartPolicy = { enabled: true, ignoredExitCodes: [], restartAttemptPeriod: 0.2 };
    const task = await agent.runUntilRunning(
      agent.definition({ ...shell('echo run; sleep 0.4; exit 1'), restartPolicy }),
    );
    const { Id } = await agent.inspect(task);
    await expect
      .poll(async () => (await agent.output(task)).split('\n').length, { timeout: 10_000 })
      .toBeGreaterThan(2);
    expect((await agent.inspect(task)).Id).toBe(Id);
    expect(agent.controlPlane.reportsOf(task).at(-1)?.lastStatus).toBe('RUNNING');
    await agent.end(task);
  });

  it('does not restart a container that exited with an ignored code', async () => {
    const restartPolicy = { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 0.1 };
    const report = await agent.runUntilStopped(agent.definition({ ...shell('sleep 0.3'), restartPolicy }));
    expect(report.stopCode).toBe('EssentialContainerExited');
  });

  it('does not restart a container that ran for less than the period', async () => {
    const restartPolicy = { enabled: true, restartAttemptPeriod: 60 };
    const report = await agent.runUntilStopped(agent.definition({ ...shell('exit 1'), restartPolicy }));
    expect(report.containers[0]?.exitCode).toBe(1);
  });
});

describe('a failure at the start', () => {
  it('is reported for an image that does not exist', async () => {
    const report = await agent.runUntilStopped(agent.definition({ image: '127.0.0.1:1/nobody/has:it' }));
    expect(report).toMatchObject({ stopCode: 'TaskFailedToStart', containers: [{ lastStatus: 'STOPPED' }] });
    expect(report.stoppedReason).toMatch(/^CannotPullContainerError: Error response from daemon: .*127\.0\.0\.1:1/);
    expect(report.containers[0]?.reason).toBe(report.stoppedReason);
    expect(report.containers[0]?.exitCode).toBeUndefined();
  });

  it('is reported for a program that is not in the image', async () => {
    const report = await agent.runUntilStopped(agent.definition({ command: ['no-such-program'] }));
    expect(report.stopCode).toBe('TaskFailedToStart');
    const { name, reason = '' } = report.containers[0]!;
    expect(reason).toMatch(/^CannotStartContainerError: .*no-such-program/);
    expect(report.stoppedReason).toBe(`Task failed to start: container ${name}: ${reason}`);
  });

  it('is reported for a parameter that Docker rejects', async () => {
    const report = await agent.runUntilStopped(
      agent.definition({ linuxParameters: { capabilities: { add: ['NONSENSE'] } } }),
    );
    expect(report.containers[0]?.reason).toMatch(/^CannotCreateContainerError: .*NONSENSE/);
  });

  it('does not stop the task if the container is not essential', async () => {
    const side = agent.container({ name: 'side', essential: false, command: ['no-such-program'] });
    const task = await agent.runUntilRunning({ containerDefinitions: [agent.container(), side] });
    expect((await agent.status(task, 'RUNNING')).containers[1]).toMatchObject({
      lastStatus: 'STOPPED',
      reason: expect.stringContaining('CannotStartContainerError') as string,
    });
  });

  it('is reported for a task definition that the control plane does not know', async () => {
    const task = agent.run(agent.definition());
    agent.controlPlane.definitions.clear();
    const report = await agent.status(task, 'STOPPED');
    expect(report.stopCode).toBe('TaskFailedToStart');
    expect(report.stoppedReason).toMatch(/^ResourceInitializationError: unable to find the task definition test:\d+$/);
  });

  it('differs from the removal of a running container, after which the task stops', async () => {
    const task = await agent.runUntilRunning(agent.definition());
    await agent.docker.getContainer((await agent.inspect(task)).Id).remove({ force: true });
    const report = await agent.status(task, 'STOPPED');
    expect(report).toMatchObject({ stopCode: 'EssentialContainerExited' });
  });
});

describe('the sizes of a task', () => {
  it('limit its containers together', async () => {
    const task = await agent.runUntilRunning({ ...agent.definition(), cpu: '256', memory: '128' });
    expect((await agent.inspect(task)).HostConfig.CgroupParent).toBe(`/stowage/${task}`);
    const value = (file: string) => readFile(file.replace('*', `stowage/${task}`), 'utf8').then((text) => text.trim());
    expect(await value('/sys/fs/cgroup/cpu/*/cpu.cfs_quota_us')).toBe('25000');
    expect(await value('/sys/fs/cgroup/memory/*/memory.limit_in_bytes')).toBe(String(128 * 1024 * 1024));
  });

  it('kill a container that exceeds the memory of the task', async () => {
    const report = await agent.runUntilStopped({
      ...agent.definition({ ...shell('head -c 64m /dev/zero | tail'), memory: undefined }),
      memory: '24',
    });
    expect(report.containers[0]).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });
});
