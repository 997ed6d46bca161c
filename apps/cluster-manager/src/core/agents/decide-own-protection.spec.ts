import {
  applyEvent,
  ClusterState,
  clusterName,
  type DomainEvent,
  type InstanceId,
  instanceId,
  NO_RESOURCES,
  taskId,
  type TaskProtectionRequest,
  AGENT_MESSAGES,
} from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { serviceCreated } from '../../../../../libs/domain/src/testing/events';
import { decideOwnProtection } from './decide-own-protection';

const CLUSTER = clusterName('c');
const HOME = instanceId('home');
const [OF_SERVICE, ALONE] = [taskId('of-service'), taskId('alone')];
const AT = 1_000_000;
const MINUTE_MS = 60_000;
const about = { version: 1, cluster: CLUSTER } as const;

const placed = (): DomainEvent => ({
  ...about,
  type: 'TasksPlaced',
  instance: HOME,
  tasks: [OF_SERVICE, ALONE].map((id) => ({
    id,
    taskDefinition: { family: 'f', revision: 1 },
    containers: [],
    overrides: {},
    resources: NO_RESOURCES,
    cpu: '0',
    memory: '0',
    group: 'g',
    launchType: 'EC2',
    tags: [],
    enableExecuteCommand: false,
    ...(id === OF_SERVICE && { service: { name: 's', deployment: 'ecs-svc/1' } }),
  })),
});

const history: readonly DomainEvent[] = [
  {
    ...about,
    type: 'ClusterCreated',
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
  },
  {
    ...about,
    type: 'InstanceRegistered',
    instance: HOME,
    ec2InstanceId: 'i-home',
    versionInfo: {},
    resources: NO_RESOURCES,
    attributes: [],
    tags: [],
  },
  serviceCreated(CLUSTER, 's'),
  placed(),
];

function asked(request: Omit<TaskProtectionRequest, 'cluster'>, instance: InstanceId = HOME, more: DomainEvent[] = []) {
  const state = new ClusterState();
  for (const event of [...history, ...more]) applyEvent(state, event, { at: AT });
  return decideOwnProtection(state, { instance, request: { cluster: CLUSTER, ...request }, at: AT });
}

describe("a container's request for the protection of its task", () => {
  it('protects the task for the given time, or for two hours', () => {
    const until = (minutes: number) => ({ outcome: 'is', protectedUntil: AT + minutes * MINUTE_MS });
    const set = { protectionEnabled: true };
    expect(asked({ task: OF_SERVICE, set: { ...set, expiresInMinutes: 5 } }).answer).toEqual(until(5));
    const { events, answer } = asked({ task: OF_SERVICE, set });
    expect(answer).toEqual(until(120));
    expect(events).toMatchObject([{ type: 'TaskProtectionSet', task: OF_SERVICE }]);
    expect(asked({ task: OF_SERVICE }, HOME, [...events]).answer).toEqual(until(120));
  });

  it('reports that the task is not protected', () => {
    expect(asked({ task: OF_SERVICE })).toEqual({ events: [], answer: { outcome: 'is' } });
    expect(asked({ task: OF_SERVICE, set: { protectionEnabled: false } }).answer).toEqual({ outcome: 'is' });
  });

  it('applies only to tasks of its instance, and only to tasks of a service', () => {
    const missing = { events: [], answer: { outcome: 'failed', reason: 'MISSING' } };
    expect(asked({ task: OF_SERVICE, set: { protectionEnabled: true } }, instanceId('another'))).toEqual(missing);
    expect(asked({ task: taskId('none') })).toEqual(missing);
    const detail = 'The task does not belong to a service.';
    const invalid = { events: [], answer: { outcome: 'failed', reason: 'TASK_NOT_VALID', detail } };
    expect(asked({ task: ALONE })).toEqual(invalid);
    expect(asked({ task: ALONE, set: { protectionEnabled: true } })).toEqual(invalid);
  });

  it('is rejected with an invalid time or an invalid flag', () => {
    const wrong = () => asked({ task: OF_SERVICE, set: { protectionEnabled: true, expiresInMinutes: 2_881 } });
    expect(wrong).toThrow('expiresInMinutes must be from 1 to 2880.');
    expect(() => AGENT_MESSAGES['task-protection'].request({ cluster: 'c', task: 't', set: {} })).toThrow(
      "Malformed message: 'set.protectionEnabled' must be true or false.",
    );
  });
});
