import type { Scope } from '../arns';
import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import { sameJson } from '../same-json';
import { checkAction } from './check-action';
import { loadBalancerArn, type LoadBalancerRef } from './elb-arns';
import { newElbTags } from './elb-tags';
import { knownLoadBalancer } from './find';
import { ELB_LIMITS } from './limits';
import type { Listener, ListenerSettings } from './records/listener';
import { type Certificates, listenerProtocol, tlsSettings } from './listener-settings';
import type { ListenerCreated, LoadBalancer } from './records/load-balancer';
import { readAction } from './read-action';
import { invalidConfiguration } from './refused';

export interface CreateListener {
  readonly loadBalancer: LoadBalancerRef;
  readonly input: Elbv2.CreateListenerInput;
  readonly listener: string;
  readonly defaultRule: string;
  readonly certificates: Certificates;
}

/** Decides CreateListener. Returns no event if a listener on that port has the same settings. @throws Refusal */
export function decideCreateListener(
  state: ReadonlyClusterState,
  { loadBalancer: ref, input, listener, defaultRule, certificates }: CreateListener,
): readonly ListenerCreated[] {
  const { scope } = certificates;
  const loadBalancer = knownLoadBalancer(state, ref);
  const protocol = listenerProtocol(loadBalancer, input.Protocol);
  if (input.Port === undefined) throw invalidParameter('A listener port must be specified');
  const tls = tlsSettings(protocol, input, { current: { certificates: [] }, certificates });
  const action = readAction({ state, scope, type: loadBalancer.type }, input.DefaultActions);
  checkAction(state, scope, { loadBalancer, protocol, action });
  const settings: ListenerSettings = { protocol, port: input.Port, ...tls, attributes: {}, defaultAction: action };
  const existing = loadBalancer.listeners.find(({ port }) => port === settings.port);
  if (existing) {
    if (sameJson(settingsOf(existing), settings)) return [];
    throw duplicateListener(scope, loadBalancer);
  }
  checkPortIsFree(state, loadBalancer, settings.port);
  const max = ELB_LIMITS[`listeners-per-${loadBalancer.type}-load-balancer`];
  if (loadBalancer.listeners.length >= max) {
    throw new Refusal(
      'TooManyListenersException',
      `The maximum number of listeners per load balancer is ${String(max)}`,
    );
  }
  const about = { version: 1, loadBalancer: loadBalancer.name, listener, defaultRule } as const;
  return [{ type: 'ListenerCreated', ...about, settings, tags: newElbTags(input.Tags) }];
}

/** Returns the part of a listener that a user can change. */
export function settingsOf({
  id: _id,
  defaultRule: _rule,
  rules: _rules,
  tags: _tags,
  ...settings
}: Listener): ListenerSettings {
  return settings;
}

export function duplicateListener(scope: Scope, loadBalancer: LoadBalancer): Refusal {
  return new Refusal(
    'DuplicateListenerException',
    `A listener already exists on this port for this load balancer '${loadBalancerArn(scope, loadBalancer)}'`,
  );
}

/**
 * Load balancers share an address if there are not enough addresses, and their ports must differ then. @throws Refusal
 */
export function checkPortIsFree(
  { loadBalancers }: Pick<ReadonlyClusterState, 'loadBalancers'>,
  { name, address }: LoadBalancer,
  port: number,
): void {
  const other = [...loadBalancers.values()].find(
    (each) =>
      each.name !== name && each.address === address && each.listeners.some((listener) => listener.port === port),
  );
  if (!other) return;
  throw invalidConfiguration(
    `Port ${String(port)} of the address ${address} is used by the load balancer '${other.name}', which shares it`,
  );
}
