import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

/** Requests a path of the endpoint at the address that a container was started with. */
async function metadata(path: string, definition: object = {}, task: object = {}): Promise<Record<string, unknown>> {
  return metadataAt('ECS_CONTAINER_METADATA_URI_V4', path, { definition, task });
}

async function metadataAt(
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
  it('returns the metadata of a container', async () => {
    const definition = { cpu: 10, memory: 48, portMappings: [{ containerPort: 80 }], dockerLabels: { team: 'blue' } };
    const { task, ...answer } = await metadata('', definition);
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
    const { task, ...answer } = await metadata('', { logConfiguration: { logDriver: 'awslogs', options } });
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

  it('returns the metadata of the task of a container', async () => {
    const { task, ...answer } = await metadata('/task', {}, { cpu: '512', memory: '256' });
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

  it('serves the paths of version 3, for old SDKs', async () => {
    const { task, ...own } = await metadataAt('ECS_CONTAINER_METADATA_URI', '');
    const { Id } = await agent.inspect(String(task) as never);
    expect(own).toMatchObject({ DockerId: Id, Name: 'main', Type: 'NORMAL' });
    expect(await metadataAt('ECS_CONTAINER_METADATA_URI', '/task')).toMatchObject({
      Cluster: 'agent-tests',
      Family: 'meta',
      Containers: [{ Name: 'main' }],
    });
    expect(await metadataAt('ECS_CONTAINER_METADATA_URI', '/stats')).toMatchObject({ memory_stats: {}, cpu_stats: {} });
  });

  it('returns the statistics of a container and of its task', async () => {
    const { task, ...one } = await metadata('/stats');
    expect(one).toMatchObject({
      name: expect.stringContaining('ecs-meta-') as string,
      memory_stats: {},
      cpu_stats: {},
    });
    expect(task).toBeDefined();
    const { task: other, ...all } = await metadata('/task/stats');
    const { Id } = await agent.inspect(String(other) as never);
    expect(all).toMatchObject({ [Id]: { id: Id } });
  });

  it('has no path for tags, because the agent does not know them', async () => {
    expect(await metadata('/taskWithTags')).toMatchObject({ text: expect.stringContaining('404') as string });
  });

  it('returns 404 for an unknown token', async () => {
    const task = await agent.runUntilRunning(
      agent.definition({ command: ['sh', '-c', 'echo $ECS_CONTAINER_METADATA_URI_V4; sleep 60'] }),
    );
    await expect.poll(() => agent.output(task)).toMatch(/^http/);
    const url = await agent.output(task);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url.slice(0, -4) + '0000')).status).toBe(404);
    expect((await fetch(new URL('/v4/', url))).status).toBe(404);
  });

  it('has the same address after a restart of the agent', async () => {
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
