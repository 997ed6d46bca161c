import { requiredAttributes } from '@stowage/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PrivateDocker } from '../../../../../test/support/private-docker';
import { TestAgent } from '../../../../../test/support/test-agent';
import { VolumePlugin } from '../../../../../test/support/volume-plugin';

let docker: PrivateDocker;
let plugin: VolumePlugin;
let agent: TestAgent;

// Docker waits for a loaded plugin even after the plugin has ended, so this test starts its own Docker.
beforeEach(async () => {
  docker = await PrivateDocker.create();
  await docker.start();
  plugin = await VolumePlugin.start(`stowage-test-${String(process.pid)}`);
  agent = await TestAgent.start({ socketPath: docker.socketPath });
});
afterEach(async () => {
  await agent.destroy();
  await docker.destroy();
  await plugin.close();
});

it('a volume plugin that Docker has not loaded yet is offered, and serves a task', async () => {
  const driver = plugin.name;
  const { Plugins } = (await docker.client.info()) as { readonly Plugins: { readonly Volume: readonly string[] } };
  expect(Plugins.Volume).not.toContain(driver);
  const volumes = [{ name: 'data', dockerVolumeConfiguration: { scope: 'task' as const, driver } }];
  const mountPoints = [{ sourceVolume: 'data', containerPath: '/data' }];
  const definition = agent.definition({ command: ['sh', '-c', 'echo kept > /data/x; cat /data/x'], mountPoints });

  await expect.poll(() => agent.controlPlane.registrations.length).toBe(1);
  const offered = agent.controlPlane.registrations[0]?.attributes.map(({ name }) => name);
  const required = requiredAttributes({ family: 'plugin', ...definition, volumes }).map(({ name }) => name);
  expect(required).toContain(`ecs.capability.docker-plugin.${driver}`);
  expect(offered).toEqual(expect.arrayContaining(required));

  const { task } = await agent.runUntilStopped({ ...definition, volumes, networkMode: 'none' });
  expect(await agent.output(task)).toBe('kept');
});
