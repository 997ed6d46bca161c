import type { Ecs } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

type Condition = Ecs.ContainerDependency['condition'];
const after = (containerName: string, condition: Condition) => ({ dependsOn: [{ containerName, condition }] });
const shell = (script: string) => ({ command: ['sh', '-c', script] });

async function startedAt(task: Parameters<TestAgent['inspect']>[0], name: string): Promise<number> {
  return Date.parse((await agent.inspect(task, name)).State.StartedAt);
}

async function finishedAt(task: Parameters<TestAgent['inspect']>[0], name: string): Promise<number> {
  return Date.parse((await agent.inspect(task, name)).State.FinishedAt);
}

describe('a container that depends on another', () => {
  it('with START is started after it', async () => {
    const task = await agent.runUntilRunning({
      containerDefinitions: [
        agent.container({ name: 'second', ...after('first', 'START') }),
        agent.container({ name: 'first' }),
      ],
    });
    expect(await startedAt(task, 'second')).toBeGreaterThan(await startedAt(task, 'first'));
  });

  it('with COMPLETE is started after it has exited, with any code', async () => {
    const first = agent.container({ name: 'first', essential: false, ...shell('sleep 0.3; exit 3') });
    const task = await agent.runUntilRunning({
      containerDefinitions: [agent.container(after('first', 'COMPLETE')), first],
    });
    expect(await startedAt(task, 'main')).toBeGreaterThan(await finishedAt(task, 'first'));
    const [, dependency] = (await agent.status(task, 'RUNNING')).containers;
    expect(dependency).toMatchObject({ name: 'first', lastStatus: 'STOPPED', exitCode: 3 });
  });

  it('with SUCCESS is started after it has exited with 0', async () => {
    const first = agent.container({ name: 'first', essential: false, ...shell('sleep 0.3') });
    const task = await agent.runUntilRunning({
      containerDefinitions: [agent.container(after('first', 'SUCCESS')), first],
    });
    expect(await startedAt(task, 'main')).toBeGreaterThan(await finishedAt(task, 'first'));
  });

  it('with SUCCESS is never started if it failed, and the task reports the reason', async () => {
    const first = agent.container({ name: 'first', essential: false, ...shell('exit 4') });
    const report = await agent.runUntilStopped({
      containerDefinitions: [agent.container(after('first', 'SUCCESS')), first],
    });
    const reason = 'TaskDependencyError: Container first did not exit successfully (exit code 4).';
    expect(report).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: `Task failed to start: container main: ${reason}`,
    });
    expect(report.containers[0]?.reason).toBe(reason);
    expect(await agent.containers(report.task)).toHaveLength(1);
  });

  it('with HEALTHY is started after its health check has passed', async () => {
    const healthCheck = { command: ['CMD-SHELL', '[ -f /tmp/ready ]'], interval: 1, retries: 10 };
    const first = agent.container({ name: 'first', healthCheck, ...shell('sleep 1; touch /tmp/ready; sleep 60') });
    const task = await agent.runUntilRunning({
      containerDefinitions: [agent.container(after('first', 'HEALTHY')), first],
    });
    expect((await startedAt(task, 'main')) - (await startedAt(task, 'first'))).toBeGreaterThan(1_000);
    const [, dependency] = (await agent.status(task, 'RUNNING')).containers;
    expect(dependency).toMatchObject({ name: 'first', healthStatus: 'HEALTHY' });
  });

  it('fails if the other does not reach the condition within its start timeout', async () => {
    const healthCheck = { command: ['CMD', 'false'], interval: 1, retries: 10 };
    const first = agent.container({ name: 'first', healthCheck, startTimeout: 2, essential: false });
    const report = await agent.runUntilStopped({
      containerDefinitions: [agent.container(after('first', 'HEALTHY')), first],
    });
    expect(report.stopCode).toBe('TaskFailedToStart');
    expect(report.containers[0]?.reason).toBe(
      'TaskDependencyError: Container first did not reach HEALTHY within its start timeout.',
    );
    expect(report.containers[1]).toMatchObject({ name: 'first', lastStatus: 'STOPPED', exitCode: 137 });
  });

  it('is stopped before it', async () => {
    const trap = shell('trap "exit 0" TERM; while :; do sleep 0.1; done');
    const task = await agent.runUntilRunning({
      containerDefinitions: [
        agent.container({ name: 'base', ...trap }),
        agent.container({ name: 'middle', ...trap, ...after('base', 'START') }),
        agent.container({ name: 'top', ...trap, links: ['middle'] }),
      ],
    });
    await agent.end(task);
    const ends = await Promise.all(['top', 'middle', 'base'].map((name) => finishedAt(task, name)));
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
  });
});

describe('the health of a container', () => {
  it('is reported when it changes, and does not stop the task', async () => {
    const healthCheck = { command: ['CMD-SHELL', 'test ! -f /tmp/ill'], interval: 1, timeout: 2, retries: 1 };
    const task = await agent.runUntilRunning(
      agent.definition({ healthCheck, ...shell('sleep 2.5; touch /tmp/ill; sleep 60') }),
    );
    const saying = (health: string) =>
      agent.controlPlane.reported(task, ({ containers }) => containers[0]?.healthStatus === health);
    expect((await saying('HEALTHY')).lastStatus).toBe('RUNNING');
    expect((await saying('UNHEALTHY')).lastStatus).toBe('RUNNING');
    const statuses = agent.controlPlane.reportsOf(task).map(({ containers }) => containers[0]?.healthStatus);
    expect([...new Set(statuses)]).toEqual([undefined, 'UNKNOWN', 'HEALTHY', 'UNHEALTHY']);
    expect((await agent.inspect(task)).Config.Healthcheck).toMatchObject({ Retries: 1, Interval: 1e9, Timeout: 2e9 });
  });

  it('is not reported for the health check of an image', async () => {
    const image = `stowage-agent-test/checked-${agent.instance}:1`;
    await agent.makeImage(image, ['HEALTHCHECK --interval=1s CMD false']);
    const task = await agent.runUntilRunning(agent.definition({ image }));
    const { Config, State } = await agent.inspect(task);
    expect(Config.Healthcheck?.Test).toEqual(['NONE']);
    expect(State.Health).toBeUndefined();
  });
});
