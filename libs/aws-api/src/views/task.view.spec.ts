import { clusterName, instanceId, placedTask, type PlacedTask, taskId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { taskView } from './task.view';

const scope = { region: 'us-east-1', account: '123456789012' };
const id = taskId('1'.repeat(32));
const arn = (container: string): string => `arn:aws:ecs:us-east-1:123456789012:container/default/${id}/${container}`;
const container = { image: 'web:1', cpu: '0', essential: true, hasHealthCheck: false };

const placed: PlacedTask = {
  id,
  taskDefinition: { family: 'web', revision: 1 },
  containers: [
    { ...container, id: 'c-1', name: 'web', log: { group: '/shop', streamPrefix: 'ecs' } },
    { ...container, id: 'c-2', name: 'side', log: { group: '/side' } },
    { ...container, id: 'c-3', name: 'quiet' },
  ],
  overrides: {},
  resources: { cpu: 0, memory: 0, ports: [], portsUdp: [], gpus: [] },
  cpu: '0',
  memory: '0',
  group: 'family:web',
  launchType: 'EC2',
  tags: [],
  enableExecuteCommand: false,
};

describe('the description of a task', () => {
  it('contains the location of the logs of its awslogs containers', () => {
    const task = placedTask(placed, clusterName('default'), instanceId('a'.repeat(32)), 0);
    const [web, side, quiet] = task.containers;
    const running = { ...task, containers: [web!, { ...side!, runtimeId: 'f00' }, quiet!] };
    const ofWeb = [
      { name: 'stowage.log-driver', value: 'json-file', targetId: arn('c-1') },
      { name: 'stowage.log-group', value: '/shop', targetId: arn('c-1') },
      { name: 'stowage.log-stream', value: `ecs/web/${id}`, targetId: arn('c-1') },
    ];
    const ofSide = [
      { name: 'stowage.log-driver', value: 'json-file', targetId: arn('c-2') },
      { name: 'stowage.log-group', value: '/side', targetId: arn('c-2') },
    ];
    expect(taskView(task, scope, []).attributes).toEqual([...ofWeb, ...ofSide]);
    const stream = { name: 'stowage.log-stream', value: 'f00', targetId: arn('c-2') };
    expect(taskView(running, scope, []).attributes).toEqual([...ofWeb, ...ofSide, stream]);
  });
});
