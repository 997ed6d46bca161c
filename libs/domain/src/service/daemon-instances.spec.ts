import { expect, it } from 'vitest';
import { clusterName, instanceId } from '../ids';
import type { DomainEvent } from '../state/events';
import { clusterCreated, instanceRegistered } from '../testing/events';
import { stateOf } from '../testing/given';
import { daemonInstances } from './daemon-instances';

const about = { version: 1, cluster: clusterName('shop'), instance: instanceId('i1') } as const;
const connection = (connected: boolean) => ({ ...about, type: 'InstanceConnectionChanged', connected }) as const;
const lost = { ...about, type: 'InstanceLost' } as const;
const recovered = { ...about, type: 'InstanceRecovered' } as const;
const registered = [clusterCreated('shop'), instanceRegistered('shop', 'i1'), connection(true)];

it('a DAEMON service has no task on a lost instance until the instance has recovered', () => {
  const revision = { taskDefinition: { family: 'web', revision: 1 }, launchType: 'EC2' } as const;
  const places = (...events: readonly DomainEvent[]): number =>
    daemonInstances(stateOf([...registered, ...events]), about.cluster, revision).length;
  expect(places(connection(false))).toBe(1);
  expect(places(connection(false), lost)).toBe(0);
  expect(places(connection(false), lost, connection(true), recovered)).toBe(1);
});
