import { describe, expect, it } from 'vitest';
import { NO_RESOURCES } from '../resources';
import { instanceId, clusterName, taskId } from '../ids';
import { placedTask } from '../task/records/task';
import { type ConditionedTask, scaleInOrder, type ScaleInView } from './scale-in-order';

let placed = 0;
/** A healthy task on an instance. Tasks with higher numbers are newer. */
function on(instance: string, zone: string, condition: ConditionedTask['condition'] = 'healthy'): ConditionedTask {
  placed += 1;
  const task = {
    id: taskId(String(placed).padStart(32, '0')),
    taskDefinition: { family: 'a', revision: 1 },
    containers: [],
    overrides: {},
    resources: { ...NO_RESOURCES, memory: 100 },
    cpu: '',
    memory: '',
    group: 'service:web',
    launchType: 'EC2' as const,
    tags: [],
    enableExecuteCommand: false,
    availabilityZone: zone,
  };
  return { task: placedTask(task, clusterName('sea'), instanceId(instance.padStart(32, '0')), placed), condition };
}

const view = (strategy: ScaleInView['strategy'], used: Readonly<Record<string, number>> = {}): ScaleInView => ({
  strategy,
  instance: (id) => ({
    id,
    cluster: clusterName('sea'),
    ec2InstanceId: 'i',
    status: 'ACTIVE',
    agentConnected: true,
    version: 1,
    versionInfo: {},
    registered: { ...NO_RESOURCES, memory: 1_000 },
    used: { ...NO_RESOURCES, memory: used[id.slice(-1)] ?? 100 },
    dynamicPorts: [],
    dynamicPortsUdp: [],
    attributes: [{ name: 'rack', value: `r${id.slice(-1)}` }],
    tags: [],
    runningTasksCount: 0,
    pendingTasksCount: 0,
    registeredAt: 0,
  }),
});

const hosts = (order: readonly ConditionedTask[]): string => order.map(({ task }) => task.instance.slice(-1)).join('');

describe('scaleInOrder', () => {
  it('balances zones, then instances even without a strategy', () => {
    const tasks = [on('1', 'a'), on('1', 'a'), on('2', 'a'), on('3', 'b')];
    expect(hosts(scaleInOrder(tasks, view([]), 2))).toBe('12');
  });

  it('balances any attribute', () => {
    const tasks = [on('1', 'a'), on('2', 'b'), on('2', 'c')];
    expect(hosts(scaleInOrder(tasks, view([{ type: 'spread', field: 'attribute:rack' }]), 1))).toBe('2');
  });

  it('empties the instance that ends up with the most free resources, strategy by strategy', () => {
    const tasks = [on('1', 'a'), on('2', 'a'), on('3', 'b')];
    const used = { 1: 800, 2: 300, 3: 100 };
    expect(hosts(scaleInOrder(tasks, view([{ type: 'binpack', field: 'MEMORY' }], used)))).toBe('321');
    const zoneFirst = [
      { type: 'spread', field: 'ecs.availability-zone' } as const,
      { type: 'binpack', field: 'memory' } as const,
    ];
    expect(hosts(scaleInOrder(tasks, view(zoneFirst, used), 1))).toBe('2');
  });

  it('stops the least healthy tasks first, and then the newest', () => {
    const tasks = [on('1', 'a'), on('1', 'a', 'pending'), on('1', 'a', 'unhealthy')];
    expect(scaleInOrder(tasks, view([])).map(({ condition }) => condition)).toEqual([
      'unhealthy',
      'pending',
      'healthy',
    ]);
    const same = [on('1', 'a'), on('1', 'a')];
    expect(scaleInOrder(same, view([{ type: 'random' }]))[0]).toBe(same[1]);
  });
});
