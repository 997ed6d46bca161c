import type { Scope } from '../arns';
import type { ReadonlyClusterState } from '../state/cluster-state';
import { invariant } from '../invariant';
import { Refusal } from '../refusal';
import { targetGroupArn } from './elb-arns';
import { loadBalancersUsing } from './find';
import { ELB_LIMITS } from './limits';
import { type Action, type ListenerProtocol, targetGroupsOfAction } from './records/listener';
import { type LoadBalancer, targetGroupsOfLoadBalancer } from './records/load-balancer';
import type { TargetProtocol } from './records/target-group';

/** Target group protocols that are compatible with a listener's protocol. */
const BEHIND: Readonly<Record<ListenerProtocol, readonly TargetProtocol[]>> = {
  HTTP: ['HTTP', 'HTTPS'],
  HTTPS: ['HTTP', 'HTTPS'],
  TCP: ['TCP'],
  TLS: ['TCP', 'TLS'],
};

export interface PlacedAction {
  readonly loadBalancer: LoadBalancer;
  readonly protocol: ListenerProtocol;
  readonly action: Action;
}

/** @throws Refusal if a target group of the action is not compatible with the listener or its load balancer. */
export function checkAction(
  state: ReadonlyClusterState,
  scope: Scope,
  { loadBalancer, protocol, action }: PlacedAction,
): void {
  for (const name of targetGroupsOfAction(action)) {
    const group = state.targetGroups.get(name);
    invariant(group, 'The target groups of a parsed action exist.');
    if (!BEHIND[protocol].includes(group.protocol)) {
      throw new Refusal(
        'IncompatibleProtocolsException',
        `The listener protocol '${protocol}' is not compatible with the target group protocol '${group.protocol}'`,
      );
    }
    if (loadBalancersUsing(state, name).some((other) => other.name !== loadBalancer.name)) {
      throw new Refusal(
        'TargetGroupAssociationLimitException',
        `The following target groups cannot be associated with more than one load balancer: ${targetGroupArn(scope, group)}`,
      );
    }
  }
  const used = new Set([...targetGroupsOfLoadBalancer(loadBalancer), ...targetGroupsOfAction(action)]);
  const max = ELB_LIMITS['target-groups-per-application-load-balancer'];
  if (used.size > max) {
    throw new Refusal(
      'TooManyUniqueTargetGroupsPerLoadBalancerException',
      `The maximum number of unique target groups per load balancer is ${String(max)}`,
    );
  }
}
