import { clusterName, type DomainEvent, type RegisterRequest } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { given } from '../../../../../libs/domain/src/testing/given';
import { CLUSTER, clusterCreated, INSTANCE, placed, registered, registerRequest } from '../../testing/agent-history';
import { decideRegistration } from './decide-registration';

const registers = (request: Partial<RegisterRequest> = {}, hasLedger = false) => ({
  instance: INSTANCE,
  request: { ...registerRequest, ...request },
  hasLedger,
  defaultAvailabilityZone: 'us-east-1a',
});

describe('an agent registers', () => {
  it('is registered, with the attributes that it does not say itself', () => {
    const { state } = given(clusterCreated).when((at) => decideRegistration(at, registers()));
    expect(state.instances.get(INSTANCE)).toMatchObject({ status: 'ACTIVE', agentConnected: false, version: 1 });
    expect(state.instances.get(INSTANCE)?.attributes).toEqual([
      ...registerRequest.attributes,
      { name: 'ecs.availability-zone', value: 'us-east-1a' },
      { name: 'ecs.os-type', value: 'linux' },
      { name: 'ecs.os-family', value: 'LINUX' },
    ]);
  });

  it('writes nothing when it comes back as it was', () => {
    const first = given(clusterCreated).when((state) => decideRegistration(state, registers())).events;
    given(clusterCreated, ...first)
      .when((state) => decideRegistration(state, registers({}, true)))
      .then();
  });

  it('comes back with new capabilities; custom attributes stay the user’s', () => {
    const history: readonly DomainEvent[] = [
      clusterCreated,
      registered(),
      {
        type: 'InstanceAttributesSet',
        version: 1,
        cluster: CLUSTER,
        instance: INSTANCE,
        attributes: [{ name: 'com.amazonaws.ecs.capability.old' }, { name: 'color', value: 'red' }],
      },
    ];
    const attributes = [{ name: 'com.amazonaws.ecs.capability.new' }, { name: 'rack', value: '7' }];
    const { state } = given(...history).when((at) => decideRegistration(at, registers({ attributes }, true)));
    // `rack` was deleted by the user since; the agent still says it.
    expect(state.instances.get(INSTANCE)?.attributes).toEqual([
      { name: 'com.amazonaws.ecs.capability.new' },
      { name: 'color', value: 'red' },
    ]);
  });

  it('may come back smaller, but never below what is placed on it', () => {
    const resources = { cpu: 256, memory: 1024, ports: [80, 443], portsUdp: [], gpus: [] };
    const { state } = given(clusterCreated, registered(), placed()).when((at) =>
      decideRegistration(at, registers({ resources }, true)),
    );
    expect(state.instances.get(INSTANCE)?.registered).toMatchObject({ cpu: 512, memory: 1024, ports: [443] });
  });

  it('is refused after it was deregistered', () => {
    const left: DomainEvent = {
      type: 'InstanceDeregistered',
      version: 1,
      cluster: CLUSTER,
      instance: INSTANCE,
      force: false,
    };
    given(clusterCreated, registered(), left)
      .when((state) => decideRegistration(state, registers({}, true)))
      .thenRefused('ClientException', `Referenced container instance ${INSTANCE} not registered.`);
  });

  it('is refused by a cluster that is not there, or is another one', () => {
    given()
      .when((state) => decideRegistration(state, registers()))
      .thenRefused('ClusterNotFoundException', 'Cluster not found.');
    const cluster = clusterName('other');
    const other = { ...clusterCreated, cluster } as DomainEvent;
    given(clusterCreated, other, registered())
      .when((state) => decideRegistration(state, registers({ cluster })))
      .thenRefused('ClientException', `Container instance ${INSTANCE} is registered in cluster sea.`);
    const token = 'token';
    const joined: readonly DomainEvent[] = [
      { type: 'JoinTokenCreated', version: 1, token, sealedSecret: '', cluster: CLUSTER, expiresAt: 1, oneTime: true },
      { type: 'JoinTokenUsed', version: 1, token, instance: INSTANCE },
    ];
    given(clusterCreated, other, ...joined)
      .when((state) => decideRegistration(state, registers({ cluster })))
      .thenRefused('ClientException', `Container instance ${INSTANCE} joined cluster sea.`);
  });
});
