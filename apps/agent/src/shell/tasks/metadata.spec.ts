import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

/** What the endpoint answers to a container that asks under its own address. */
async function asked(path: string, definition: object = {}, task: object = {}): Promise<Record<string, unknown>> {
  return askedAt('ECS_CONTAINER_METADATA_URI_V4', path, { definition, task });
}

async function askedAt(
  variable: string,
  path: string,
  { definition = {}, task = {} }: { readonly definition?: object; readonly task?: object } = {},
): Promise<Record<string, unknown>> {
  const command = ['sh', '-c', `wget -qO- $${variable}${path} 2>&1; echo; sleep 60`];
  const id = await agent.runUntilRunning({ family: 'meta', ...agent.definition({ command, ...definition }), ...task });
  await expect.poll(() => agent.output(id), { timeout: 10_000 }).not.toBe('');
  const text = await agent.output(id);
  return { task: id, ...(text.startsWith('{') ? (JSON.parse(text) as object) : { text }) };
}

describe('the task metadata endpoint', () => {
  it('tells a container of itself', async () => {
    const definition = { cpu: 10, memory: 48, portMappings: [{ containerPort: 80 }], dockerLabels: { team: 'blue' } };
    const { task, ...answer } = await asked('', definition);
    const inspect = await agent.inspect(String(task) as never);
    expect(answer).toMatchObject({
      DockerId: inspect.Id,
      Name: 'main',
      DockerName: inspect.Name.slice(1),
      Image: agent.image,
      ImageID: inspect.Image,
      Labels: { team: 'blue', 'com.amazonaws.ecs.container-name': 'main' },
      DesiredStatus: 'RUNNING',
      Limits: { CPU: 10, Memory: 48 },
      Type: 'NORMAL',
      LogDriver: 'json-file',
      ContainerARN: `arn:aws:ecs:us-east-1:123456789012:container/agent-tests/${String(task)}/main`,
      Networks: [{ NetworkMode: 'bridge', IPv4Addresses: [inspect.NetworkSettings.Networks['bridge']!.IPAddress] }],
      Ports: [{ ContainerPort: 80, Protocol: 'tcp', HostIp: '127.0.0.1' }],
    });
    expect(['PENDING', 'RUNNING']).toContain(answer['KnownStatus']);
  });

  it('shows the log group and the stream of awslogs as ECS does', async () => {
    const options = { 'awslogs-region': 'us-east-1', 'awslogs-group': '/shop', 'awslogs-stream-prefix': 'ecs' };
    const { task, ...answer } = await asked('', { logConfiguration: { logDriver: 'awslogs', options } });
    expect(answer).toMatchObject({
      LogDriver: 'awslogs',
      LogOptions: {
        'awslogs-region': 'us-east-1',
        'awslogs-group': '/shop',
        'awslogs-stream': `ecs/main/${String(task)}`,
      },
    });
    expect(answer['LogOptions']).not.toHaveProperty('awslogs-stream-prefix');
  });

  it('tells a container of its task', async () => {
    const { task, ...answer } = await asked('/task', {}, { cpu: '512', memory: '256' });
    expect(answer).toMatchObject({
      Cluster: 'agent-tests',
      TaskARN: `arn:aws:ecs:us-east-1:123456789012:task/agent-tests/${String(task)}`,
      Family: 'meta',
      DesiredStatus: 'RUNNING',
      Limits: { CPU: 0.5, Memory: 256 },
      LaunchType: 'EC2',
      Containers: [{ Name: 'main', Type: 'NORMAL' }],
    });
    expect(answer['Revision']).toMatch(/^\d+$/);
    expect(Date.parse(String(answer['PullStoppedAt']))).toBeGreaterThan(0);
  });

  it('has the paths of version 3, for old SDKs', async () => {
    const { task, ...own } = await askedAt('ECS_CONTAINER_METADATA_URI', '');
    const { Id } = await agent.inspect(String(task) as never);
    expect(own).toMatchObject({ DockerId: Id, Name: 'main', Type: 'NORMAL' });
    expect(await askedAt('ECS_CONTAINER_METADATA_URI', '/task')).toMatchObject({
      Cluster: 'agent-tests',
      Family: 'meta',
      Containers: [{ Name: 'main' }],
    });
    expect(await askedAt('ECS_CONTAINER_METADATA_URI', '/stats')).toMatchObject({ memory_stats: {}, cpu_stats: {} });
  });

  it('gives the statistics of a container and of its task', async () => {
    const { task, ...one } = await asked('/stats');
    expect(one).toMatchObject({
      name: expect.stringContaining('ecs-meta-') as string,
      memory_stats: {},
      cpu_stats: {},
    });
    expect(task).toBeDefined();
    const { task: other, ...all } = await asked('/task/stats');
    const { Id } = await agent.inspect(String(other) as never);
    expect(all).toMatchObject({ [Id]: { id: Id } });
  });

  it('has no tags to tell, and does not pretend so', async () => {
    expect(await asked('/taskWithTags')).toMatchObject({ text: expect.stringContaining('404') as string });
  });

  it('says nothing to who does not know a container’s token', async () => {
    const task = await agent.runUntilRunning(
      agent.definition({ command: ['sh', '-c', 'echo $ECS_CONTAINER_METADATA_URI_V4; sleep 60'] }),
    );
    await expect.poll(() => agent.output(task)).toMatch(/^http/);
    const url = await agent.output(task);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url.slice(0, -4) + '0000')).status).toBe(404);
    expect((await fetch(new URL('/v4/', url))).status).toBe(404);
  });

  it('is where it was after a restart of the agent', async () => {
    const task = await agent.runUntilRunning(
      agent.definition({ command: ['sh', '-c', 'echo $ECS_CONTAINER_METADATA_URI_V4; sleep 60'] }),
    );
    await expect.poll(() => agent.output(task)).toMatch(/^http/);
    const url = await agent.output(task);
    await agent.stop();
    await expect(fetch(url)).rejects.toThrow();
    await agent.start();
    expect(await (await fetch(url)).json()).toMatchObject({ Name: 'main', KnownStatus: 'RUNNING' });
  });
});
