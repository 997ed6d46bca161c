import type * as Ecs from '../../ecs/shapes';
import type { EpochMs } from '../../ids';
import {
  type Action,
  type Condition,
  type Listener,
  type ListenerSettings,
  type Rule,
  targetGroupsOfListener,
} from './listener';

/** Names are unique while they are in use; after a deletion the same name is another load balancer, with another id. */
export interface LoadBalancer extends LoadBalancerSettings {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly type: 'application' | 'network';
  readonly scheme: 'internet-facing' | 'internal';
  /** Where its listeners listen: an address of the machine that the data plane runs on. */
  readonly address: string;
  readonly state: LoadBalancerState;
  readonly listeners: readonly Listener[];
  readonly tags: readonly Ecs.Tag[];
  readonly createdAt: EpochMs;
}

/** What a user may change of a load balancer. Subnets and security groups are kept and shown; they mean nothing here. */
export interface LoadBalancerSettings {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Those that are not as they are by default. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Whether the data plane has taken it, as it says itself. */
export interface LoadBalancerState {
  readonly code: 'provisioning' | 'active' | 'active_impaired' | 'failed';
  /** Why it is not active. */
  readonly reason?: string;
}

interface OfLoadBalancer {
  readonly version: 1;
  readonly loadBalancer: string;
}

export interface LoadBalancerCreated extends OfLoadBalancer {
  readonly type: 'LoadBalancerCreated';
  readonly id: string;
  readonly loadBalancerType: LoadBalancer['type'];
  readonly scheme: LoadBalancer['scheme'];
  readonly address: string;
  readonly settings: LoadBalancerSettings;
  readonly tags: readonly Ecs.Tag[];
}

/** The settings as they are from now on, all of them. */
export interface LoadBalancerUpdated extends OfLoadBalancer {
  readonly type: 'LoadBalancerUpdated';
  readonly settings: LoadBalancerSettings;
}

/** Said by the data plane, once for each change. */
export interface LoadBalancerStateChanged extends OfLoadBalancer {
  readonly type: 'LoadBalancerStateChanged';
  readonly state: LoadBalancerState;
}

/** Its listeners and rules go with it; target groups stay. */
export interface LoadBalancerDeleted extends OfLoadBalancer {
  readonly type: 'LoadBalancerDeleted';
}

/** The tags, all of them, of the load balancer, or of one of its listeners, or of one of their rules. */
export interface LoadBalancerTagsSet extends OfLoadBalancer {
  readonly type: 'LoadBalancerTagsSet';
  readonly listener?: string;
  readonly rule?: string;
  readonly tags: readonly Ecs.Tag[];
}

export interface ListenerCreated extends OfLoadBalancer {
  readonly type: 'ListenerCreated';
  readonly listener: string;
  readonly defaultRule: string;
  readonly settings: ListenerSettings;
  readonly tags: readonly Ecs.Tag[];
}

/** The settings as they are from now on, all of them. */
export interface ListenerUpdated extends OfLoadBalancer {
  readonly type: 'ListenerUpdated';
  readonly listener: string;
  readonly settings: ListenerSettings;
}

/** Its rules go with it. */
export interface ListenerDeleted extends OfLoadBalancer {
  readonly type: 'ListenerDeleted';
  readonly listener: string;
}

export interface RuleCreated extends OfLoadBalancer {
  readonly type: 'RuleCreated';
  readonly listener: string;
  readonly rule: Rule;
}

export interface RuleUpdated extends OfLoadBalancer {
  readonly type: 'RuleUpdated';
  readonly listener: string;
  readonly rule: string;
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

export interface RuleDeleted extends OfLoadBalancer {
  readonly type: 'RuleDeleted';
  readonly listener: string;
  readonly rule: string;
}

/** Those that are named; the others keep theirs. */
export interface RulePrioritiesSet extends OfLoadBalancer {
  readonly type: 'RulePrioritiesSet';
  readonly listener: string;
  readonly priorities: readonly { readonly rule: string; readonly priority: number }[];
}

export type LoadBalancerEvent =
  | LoadBalancerCreated
  | LoadBalancerUpdated
  | LoadBalancerStateChanged
  | LoadBalancerDeleted
  | LoadBalancerTagsSet
  | ListenerCreated
  | ListenerUpdated
  | ListenerDeleted
  | RuleCreated
  | RuleUpdated
  | RuleDeleted
  | RulePrioritiesSet;

/** The names of the groups that a load balancer's listeners send requests to; each once. */
export function targetGroupsOfLoadBalancer({ listeners }: LoadBalancer): readonly string[] {
  return [...new Set(listeners.flatMap(targetGroupsOfListener))];
}
