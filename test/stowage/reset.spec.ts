import { existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { TestStowage } from '../support/stowage';
import { busyboxImage, docker, runOne } from '../support/tasks';

const foreign = `foreign-${randomUUID()}`;
let stowage: TestStowage;

beforeAll(async () => {
  const image = await busyboxImage();
  // Objects of other programs: one of each kind, and a container like those of the agent of another Stowage.
  docker('network', 'create', foreign);
  docker('volume', 'create', foreign);
  docker('run', '--detach', '--name', foreign, '--label', 'stowage.instance=another', image, 'sleep', '600');
  stowage = await TestStowage.at();
  await stowage.start();
});

afterAll(() => {
  docker('rm', '--force', foreign);
  docker('network', 'rm', foreign);
  docker('volume', 'rm', foreign);
});

it('npm run reset removes everything that Stowage created, running or not, and nothing else', async () => {
  const [task] = await runOne(stowage.ecs(), 'doomed', { command: ['sleep', '600'] });
  const mine = task?.containers?.[0]?.runtimeId ?? '';
  expect(docker('inspect', '--format', '{{.State.Running}}', mine)).toBe('true');

  stowage.command('reset');

  expect((await stowage.ended()).code).toBe(0);
  expect(ownProcesses(stowage.data)).toEqual([]);
  expect(() => docker('inspect', mine)).toThrow(/No such object/);
  expect(existsSync(stowage.data)).toBe(false);
  expect(docker('inspect', '--format', '{{.State.Running}}', foreign)).toBe('true');
  expect(docker('network', 'ls', '--quiet', '--filter', `name=${foreign}`)).not.toBe('');
  expect(docker('volume', 'ls', '--quiet', '--filter', `name=${foreign}`)).not.toBe('');
});
