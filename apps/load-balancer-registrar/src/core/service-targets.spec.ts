import { clusterName, type DomainEvent, seededRandom, taskId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../../../../libs/domain/src/testing/load-balancing-events';
import { stateOf } from '../../../../libs/domain/src/testing/given';
import { serviceTargetEvents } from './service-targets';

const NOW = 1_000;
const USERS = { id: 'i-1', port: 1 };
/** Of a task that is no more. */
const ORPHAN = {
  id: 'i-1',
  port: 2,
  task: {
    cluster: clusterName('sea'),
    service: 'web',
    task: taskId('a'.repeat(32)),
    container: 'web',
    containerPort: 80,
  },
};
const group: readonly DomainEvent[] = [targetGroupCreated('group'), targetsRegistered('group', [USERS, ORPHAN])];
const listener = listenerCreated('front', 'listener', 80);
const used: readonly DomainEvent[] = [
  ...group,
  loadBalancerCreated('front'),
  { ...listener, settings: { ...listener.settings, defaultAction: forwardTo('group') } },
];
const delayed = (seconds: string): DomainEvent => ({
  type: 'TargetGroupUpdated',
  version: 1,
  targetGroup: 'group',
  attributes: { 'deregistration_delay.timeout_seconds': seconds },
});

const eventsAfter = (...history: readonly DomainEvent[]): readonly DomainEvent[] =>
  serviceTargetEvents(stateOf(history), { now: NOW, random: seededRandom(1) });

describe('the target of a task that is no more', () => {
  const about = { version: 1, targetGroup: 'group', targets: [{ id: 'i-1', port: 2 }] };

  it.each<[string, readonly DomainEvent[], number]>([
    ['five minutes', used, 300],
    ['as long as its group says', [...used, delayed('20')], 20],
  ])('drains for %s, and the user’s own stays', (_howLong, history, seconds) => {
    const drainUntil = NOW + seconds * 1_000;
    expect(eventsAfter(...history)).toEqual([{ ...about, type: 'TargetsDeregistered', drainUntil }]);
  });

  it.each<[string, readonly DomainEvent[]]>([
    ['no load balancer sends anything there', group],
    ['nothing is waited for', [...used, delayed('0')]],
  ])('is drained at once where %s', (_why, history) => {
    expect(eventsAfter(...history)).toMatchObject([
      { type: 'TargetsDeregistered' },
      { ...about, type: 'TargetsDrained' },
    ]);
  });
});
