import type { ReadonlyClusterState } from '../state/cluster-state';
import { Refusal } from '../refusal';
import type { ListenerRef, LoadBalancerRef, RuleRef, TargetGroupRef } from './elb-arns';
import type { Listener, Rule } from './records/listener';
import { type LoadBalancer, targetGroupsOfLoadBalancer } from './records/load-balancer';
import type { TargetGroup } from './records/target-group';

// Each function takes the parts of an ARN. The ARN of a deleted resource does not match a later one with the same name.

export const loadBalancerNotFound = (): Refusal =>
  new Refusal('LoadBalancerNotFoundException', 'One or more load balancers not found');
export const listenerNotFound = (): Refusal =>
  new Refusal('ListenerNotFoundException', 'One or more listeners not found');
export const ruleNotFound = (): Refusal => new Refusal('RuleNotFoundException', 'One or more rules not found');
export const targetGroupNotFound = (): Refusal =>
  new Refusal('TargetGroupNotFoundException', 'One or more target groups not found');

/** Returns `found` if its id and type match the ARN, otherwise undefined. */
export function ifMeant({ id, type }: LoadBalancerRef, found: LoadBalancer | undefined): LoadBalancer | undefined {
  return found?.id === id && found.type === type ? found : undefined;
}

/** @throws Refusal LoadBalancerNotFoundException */
export function knownLoadBalancer(
  { loadBalancers }: Pick<ReadonlyClusterState, 'loadBalancers'>,
  ref: LoadBalancerRef,
): LoadBalancer {
  const found = ifMeant(ref, loadBalancers.get(ref.name));
  if (!found) throw loadBalancerNotFound();
  return found;
}

export interface FoundListener {
  readonly loadBalancer: LoadBalancer;
  readonly listener: Listener;
}

/** @throws Refusal ListenerNotFoundException */
export function knownListener(
  { loadBalancers }: Pick<ReadonlyClusterState, 'loadBalancers'>,
  { loadBalancer: ref, listener: id }: ListenerRef,
): FoundListener {
  const loadBalancer = ifMeant(ref, loadBalancers.get(ref.name));
  const listener = loadBalancer?.listeners.find((each) => each.id === id);
  if (!loadBalancer || !listener) throw listenerNotFound();
  return { loadBalancer, listener };
}

/** Without `rule`, the ARN refers to the listener's default rule. */
export interface FoundRule extends FoundListener {
  readonly rule?: Rule;
}

/** @throws Refusal RuleNotFoundException */
export function knownRule(
  { loadBalancers }: Pick<ReadonlyClusterState, 'loadBalancers'>,
  { loadBalancer: ref, listener: id, rule: ruleId }: RuleRef,
): FoundRule {
  const loadBalancer = ifMeant(ref, loadBalancers.get(ref.name));
  const listener = loadBalancer?.listeners.find((each) => each.id === id);
  if (!loadBalancer || !listener) throw ruleNotFound();
  if (listener.defaultRule === ruleId) return { loadBalancer, listener };
  const rule = listener.rules.find((each) => each.id === ruleId);
  if (!rule) throw ruleNotFound();
  return { loadBalancer, listener, rule };
}

/** @throws Refusal TargetGroupNotFoundException */
export function knownTargetGroup(
  { targetGroups }: Pick<ReadonlyClusterState, 'targetGroups'>,
  { name, id }: TargetGroupRef,
): TargetGroup {
  const found = targetGroups.get(name);
  if (found?.id !== id) throw targetGroupNotFound();
  return found;
}

/** Returns the names of the load balancers whose listeners forward requests to a group. */
export function loadBalancersUsing(
  { loadBalancers }: Pick<ReadonlyClusterState, 'loadBalancers'>,
  targetGroup: string,
): readonly LoadBalancer[] {
  return [...loadBalancers.values()].filter((each) => targetGroupsOfLoadBalancer(each).includes(targetGroup));
}
