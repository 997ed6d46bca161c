import type { Scope } from '../arns';
import { invalidParameter } from '../refusal';

/** Parts of a load balancer's ARN. The type and the id distinguish it from a later load balancer with the same name. */
export interface LoadBalancerRef {
  readonly type: 'application' | 'network';
  readonly name: string;
  readonly id: string;
}

export interface ListenerRef {
  readonly loadBalancer: LoadBalancerRef;
  readonly listener: string;
}

export interface RuleRef extends ListenerRef {
  readonly rule: string;
}

export interface TargetGroupRef {
  readonly name: string;
  readonly id: string;
}

/** Any resource of Elastic Load Balancing that has an ARN. */
export type ElbResource =
  | { readonly kind: 'load-balancer'; readonly ref: LoadBalancerRef }
  | { readonly kind: 'listener'; readonly ref: ListenerRef }
  | { readonly kind: 'rule'; readonly ref: RuleRef }
  | { readonly kind: 'target-group'; readonly ref: TargetGroupRef };

const TYPE_IN_ARN = { application: 'app', network: 'net' } as const;

const elb = ({ region, account }: Scope, rest: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${rest}`;

const pathOf = ({ type, name, id }: LoadBalancerRef): string => `${TYPE_IN_ARN[type]}/${name}/${id}`;

export const loadBalancerArn = (scope: Scope, ref: LoadBalancerRef): string =>
  elb(scope, `loadbalancer/${pathOf(ref)}`);
export const listenerArn = (scope: Scope, { loadBalancer, listener }: ListenerRef): string =>
  elb(scope, `listener/${pathOf(loadBalancer)}/${listener}`);
export const ruleArn = (scope: Scope, { loadBalancer, listener, rule }: RuleRef): string =>
  elb(scope, `listener-rule/${pathOf(loadBalancer)}/${listener}/${rule}`);
export const targetGroupArn = (scope: Scope, { name, id }: TargetGroupRef): string =>
  elb(scope, `targetgroup/${name}/${id}`);

/** @throws Refusal if `arn` is not an ARN of Elastic Load Balancing in this region and account. */
export function parseElbArn(scope: Scope, arn: string): ElbResource {
  const prefix = elb(scope, '');
  const [kind, ...parts] = arn.startsWith(prefix) ? arn.slice(prefix.length).split('/') : [];
  const resource = kind === 'targetgroup' ? targetGroupOf(parts) : ofLoadBalancer(kind, parts);
  if (!resource || parts.includes('')) throw invalidParameter(`'${arn}' is not a valid ARN of this region and account`);
  return resource;
}

export function parseLoadBalancerArn(scope: Scope, arn: string): LoadBalancerRef {
  const resource = parseElbArn(scope, arn);
  if (resource.kind !== 'load-balancer') throw invalidParameter(`'${arn}' is not a valid load balancer ARN`);
  return resource.ref;
}

export function parseListenerArn(scope: Scope, arn: string): ListenerRef {
  const resource = parseElbArn(scope, arn);
  if (resource.kind !== 'listener') throw invalidParameter(`'${arn}' is not a valid listener ARN`);
  return resource.ref;
}

export function parseRuleArn(scope: Scope, arn: string): RuleRef {
  const resource = parseElbArn(scope, arn);
  if (resource.kind !== 'rule') throw invalidParameter(`'${arn}' is not a valid listener rule ARN`);
  return resource.ref;
}

export function parseTargetGroupArn(scope: Scope, arn: string): TargetGroupRef {
  const resource = parseElbArn(scope, arn);
  if (resource.kind !== 'target-group') throw invalidParameter(`'${arn}' is not a valid target group ARN`);
  return resource.ref;
}

function targetGroupOf([name, id, ...more]: readonly string[]): ElbResource | undefined {
  if (name === undefined || id === undefined || more.length > 0) return undefined;
  return { kind: 'target-group', ref: { name, id } };
}

function ofLoadBalancer(kind: string | undefined, parts: readonly string[]): ElbResource | undefined {
  const [short, name, id, listener, rule, ...more] = parts;
  const type = short === 'app' ? 'application' : short === 'net' ? 'network' : undefined;
  if (!type || name === undefined || id === undefined || more.length > 0) return undefined;
  const loadBalancer = { type, name, id } as const;
  if (kind === 'loadbalancer') return listener === undefined ? { kind: 'load-balancer', ref: loadBalancer } : undefined;
  if (listener === undefined) return undefined;
  if (kind === 'listener') return rule === undefined ? { kind, ref: { loadBalancer, listener } } : undefined;
  if (kind !== 'listener-rule' || rule === undefined) return undefined;
  return { kind: 'rule', ref: { loadBalancer, listener, rule } };
}
