import type { ForwardAction, Rule } from '../load-balancing/records/listener';
import type { ListenerCreated, LoadBalancerCreated, RuleCreated } from '../load-balancing/records/load-balancer';
import type {
  TargetGroupCreated,
  TargetKey,
  TargetRegistration,
  TargetsRegistered,
} from '../load-balancing/records/target-group';

/** An application load balancer as CreateLoadBalancer creates it with only a name. */
export const loadBalancerCreated = (name: string): LoadBalancerCreated => ({
  type: 'LoadBalancerCreated',
  version: 1,
  loadBalancer: name,
  id: `${name}-id`,
  loadBalancerType: 'application',
  scheme: 'internet-facing',
  address: '127.64.0.1',
  settings: { subnets: [], securityGroups: [], attributes: {} },
  tags: [],
});

/** Forwards to groups that {@link targetGroupCreated} creates. */
export const forwardTo = (...targetGroups: readonly string[]): ForwardAction => ({
  type: 'forward',
  targetGroups: targetGroups.map((targetGroup) => ({ targetGroup, targetGroupId: `${targetGroup}-id`, weight: 1 })),
});

/** An HTTP listener that responds with 404. Its default rule has the id `<listener>-default`. */
export const listenerCreated = (loadBalancer: string, listener: string, port: number): ListenerCreated => ({
  type: 'ListenerCreated',
  version: 1,
  loadBalancer,
  listener,
  defaultRule: `${listener}-default`,
  settings: {
    protocol: 'HTTP',
    port,
    certificates: [],
    attributes: {},
    defaultAction: { type: 'fixed-response', statusCode: '404' },
  },
  tags: [],
});

/** A rule for the path `/<id>` that responds with 200. */
export function ruleCreated(loadBalancer: string, listener: string, id: string, priority: number): RuleCreated {
  const rule: Rule = {
    id,
    priority,
    conditions: [{ field: 'path-pattern', values: [`/${id}`] }],
    action: { type: 'fixed-response', statusCode: '200' },
    tags: [],
  };
  return { type: 'RuleCreated', version: 1, loadBalancer, listener, rule };
}

/** An HTTP group of instances as CreateTargetGroup creates it with a name, a protocol and a port. */
export const targetGroupCreated = (name: string): TargetGroupCreated => ({
  type: 'TargetGroupCreated',
  version: 1,
  targetGroup: name,
  id: `${name}-id`,
  targetType: 'instance',
  protocol: 'HTTP',
  protocolVersion: 'HTTP1',
  port: 80,
  vpcId: 'vpc-1',
  healthCheck: {
    protocol: 'HTTP',
    port: 'traffic-port',
    path: '/',
    intervalSeconds: 30,
    timeoutSeconds: 5,
    healthyThreshold: 5,
    unhealthyThreshold: 2,
    matcher: { httpCode: '200' },
  },
  tags: [],
});

/** Targets on this machine. */
export const targetsRegistered = (
  targetGroup: string,
  targets: readonly (TargetKey & Pick<TargetRegistration, 'task'>)[],
): TargetsRegistered => ({
  type: 'TargetsRegistered',
  version: 1,
  targetGroup,
  targets: targets.map((target) => ({ address: '127.0.0.1', ...target })),
});
