import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

const shell = (script: string) => ({ command: ['sh', '-c', script] });
/** Ends at once, with this code, when it is asked to. */
const polite = (code: number) => shell(`trap "exit ${String(code)}" TERM; while :; do sleep 0.05; done`);

describe('a task that ends by itself', () => {
  it('ends with its essential container, even when that succeeded', async () => {
    const report = await agent.runUntilStopped({
      containerDefinitions: [agent.container(shell('sleep 0.3')), agent.container({ name: 'other', ...polite(0) })],
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

  it('goes on without a container that is not essential, whose exit code it tells', async () => {
    const task = await agent.runUntilRunning({
      containerDefinitions: [
        agent.container(),
        agent.container({ name: 'side', essential: false, ...shell('exit 7') }),
      ],
    });
    const said = await agent.controlPlane.reported(task, ({ lastStatus, containers }) => {
      return lastStatus === 'RUNNING' && containers[1]?.lastStatus === 'STOPPED';
    });
    expect(said.containers[1]?.exitCode).toBe(7);
    expect((await agent.inspect(task)).State.Running).toBe(true);
  });

  it('and is over before anybody looked still says that it ran', async () => {
    const { task } = await agent.runUntilStopped(agent.definition(shell('exit 5')));
    const reports = agent.controlPlane.reportsOf(task);
    expect(reports.map(({ lastStatus }) => lastStatus)).toEqual(['PENDING', 'RUNNING', 'STOPPED']);
    expect(reports.at(-1)?.containers[0]?.exitCode).toBe(5);
  });
});

describe('a task that is stopped', () => {
  it('gets SIGTERM, and its own exit code', async () => {
    const task = await agent.runUntilRunning(agent.definition({ ...polite(9), stopTimeout: 20 }));
    const report = await agent.end(task);
    expect(report.containers[0]).toMatchObject({ lastStatus: 'STOPPED', exitCode: 9 });
    // Who asked for it knows the reason better.
    expect(report.stopCode).toBeUndefined();
    expect(report.stoppedReason).toBeUndefined();
  });

  it('gets SIGKILL when its stop timeout has passed', async () => {
    const task = await agent.runUntilRunning(
      agent.definition({ ...shell('trap "" TERM; while :; do sleep 0.1; done'), stopTimeout: 2 }),
    );
    const asked = Date.now();
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(137);
    expect(Date.now() - asked).toBeGreaterThan(1_900);
  });

  it('gets the stop signal of its image', async () => {
    const image = `stowage-agent-test/signal-${agent.instance}:1`;
    await agent.makeImage(image, ['STOPSIGNAL SIGUSR1']);
    const task = await agent.runUntilRunning(
      agent.definition({ image, ...shell('trap "exit 3" USR1; while :; do sleep 0.05; done'), stopTimeout: 20 }),
    );
    expect((await agent.end(task)).containers[0]?.exitCode).toBe(3);
  });

  it('before it began never begins', async () => {
    const task = agent.run(agent.definition());
    agent.requestStop(task);
    await agent.status(task, 'STOPPED');
    const running = (await agent.containers(task)).filter(({ State }) => State === 'running');
    expect(running).toEqual([]);
  });

  it('because the books know it no more is stopped without a word', async () => {
    const task = await agent.runUntilRunning(agent.definition(polite(0)));
    agent.controlPlane.items.delete(task);
    agent.controlPlane.hint();
    await expect.poll(async () => (await agent.inspect(task)).State.Running).toBe(false);
  });
});

describe('the restart policy', () => {
  it('restarts a container in place, as often as it ran for long enough', async () => {
    // The period's least value is a minute at registration; the agent takes what it is given.
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

  it('leaves a container that exited with an ignored code', async () => {
    const restartPolicy = { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 0.1 };
    const report = await agent.runUntilStopped(agent.definition({ ...shell('sleep 0.3'), restartPolicy }));
    expect(report.stopCode).toBe('EssentialContainerExited');
  });

  it('leaves a container that ran for less than the period', async () => {
    const restartPolicy = { enabled: true, restartAttemptPeriod: 60 };
    const report = await agent.runUntilStopped(agent.definition({ ...shell('exit 1'), restartPolicy }));
    expect(report.containers[0]?.exitCode).toBe(1);
  });
});

describe('what goes wrong at the start', () => {
  it('is an image that nobody has', async () => {
    const report = await agent.runUntilStopped(agent.definition({ image: '127.0.0.1:1/nobody/has:it' }));
    expect(report).toMatchObject({ stopCode: 'TaskFailedToStart', containers: [{ lastStatus: 'STOPPED' }] });
    expect(report.stoppedReason).toMatch(/^CannotPullContainerError: Error response from daemon: .*127\.0\.0\.1:1/);
    expect(report.containers[0]?.reason).toBe(report.stoppedReason);
    expect(report.containers[0]?.exitCode).toBeUndefined();
  });

  it('is a program that is not in the image', async () => {
    const report = await agent.runUntilStopped(agent.definition({ command: ['no-such-program'] }));
    expect(report.stopCode).toBe('TaskFailedToStart');
    const { name, reason = '' } = report.containers[0]!;
    expect(reason).toMatch(/^CannotStartContainerError: .*no-such-program/);
    expect(report.stoppedReason).toBe(`Task failed to start: container ${name}: ${reason}`);
  });

  it('is a parameter that Docker refuses', async () => {
    const report = await agent.runUntilStopped(
      agent.definition({ linuxParameters: { capabilities: { add: ['NONSENSE'] } } }),
    );
    expect(report.containers[0]?.reason).toMatch(/^CannotCreateContainerError: .*NONSENSE/);
  });

  it('does not matter in a container that is not essential', async () => {
    const side = agent.container({ name: 'side', essential: false, command: ['no-such-program'] });
    const task = await agent.runUntilRunning({ containerDefinitions: [agent.container(), side] });
    expect((await agent.status(task, 'RUNNING')).containers[1]).toMatchObject({
      lastStatus: 'STOPPED',
      reason: expect.stringContaining('CannotStartContainerError') as string,
    });
  });

  it('is a definition that the control plane does not know', async () => {
    const task = agent.run(agent.definition());
    agent.controlPlane.definitions.clear();
    const report = await agent.status(task, 'STOPPED');
    expect(report.stopCode).toBe('TaskFailedToStart');
    expect(report.stoppedReason).toMatch(/^ResourceInitializationError: unable to find the task definition test:\d+$/);
  });

  it('is a container that somebody removes', async () => {
    const task = await agent.runUntilRunning(agent.definition());
    await agent.docker.getContainer((await agent.inspect(task)).Id).remove({ force: true });
    const report = await agent.status(task, 'STOPPED');
    expect(report).toMatchObject({ stopCode: 'EssentialContainerExited' });
  });
});

describe('sizes of a task', () => {
  it('hold its containers together', async () => {
    const task = await agent.runUntilRunning({ ...agent.definition(), cpu: '256', memory: '128' });
    expect((await agent.inspect(task)).HostConfig.CgroupParent).toBe(`/stowage/${task}`);
    const value = (file: string) => readFile(file.replace('*', `stowage/${task}`), 'utf8').then((text) => text.trim());
    expect(await value('/sys/fs/cgroup/cpu/*/cpu.cfs_quota_us')).toBe('25000');
    expect(await value('/sys/fs/cgroup/memory/*/memory.limit_in_bytes')).toBe(String(128 * 1024 * 1024));
  });

  it('kill what takes more than the task may', async () => {
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
