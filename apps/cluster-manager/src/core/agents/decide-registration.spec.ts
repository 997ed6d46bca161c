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

describe('the registration of an agent', () => {
  it('creates the instance, and adds the attributes that the agent does not report', () => {
    const { state } = given(clusterCreated).when((at) => decideRegistration(at, registers()));
    expect(state.instances.get(INSTANCE)).toMatchObject({ status: 'ACTIVE', agentConnected: false, version: 1 });
    expect(state.instances.get(INSTANCE)?.attributes).toEqual([
      ...registerRequest.attributes,
      { name: 'ecs.availability-zone', value: 'us-east-1a' },
      { name: 'ecs.os-type', value: 'linux' },
      { name: 'ecs.os-family', value: 'LINUX' },
    ]);
  });

  it('writes nothing if nothing changed', () => {
    const first = given(clusterCreated).when((state) => decideRegistration(state, registers())).events;
    given(clusterCreated, ...first)
      .when((state) => decideRegistration(state, registers({}, true)))
      .then();
  });

  it('takes over new capabilities, and keeps the custom attributes of the user', () => {
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
    // The user has deleted `rack` since, and the agent still reports it.
    expect(state.instances.get(INSTANCE)?.attributes).toEqual([
      { name: 'com.amazonaws.ecs.capability.new' },
      { name: 'color', value: 'red' },
    ]);
  });

  it('accepts fewer resources, but not fewer than the placed tasks use', () => {
    const resources = { cpu: 256, memory: 1024, ports: [80, 443], portsUdp: [], gpus: [] };
    const { state } = given(clusterCreated, registered(), placed()).when((at) =>
      decideRegistration(at, registers({ resources }, true)),
    );
    expect(state.instances.get(INSTANCE)?.registered).toMatchObject({ cpu: 512, memory: 1024, ports: [443] });
  });

  it('is rejected after the instance was deregistered', () => {
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

  it('is rejected by a cluster that does not exist, or that is not the one of the instance', () => {
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
