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

/**
 * Unique among existing load balancers. After a deletion, the same name belongs to another load balancer with another
 * id.
 */
export interface LoadBalancer extends LoadBalancerSettings {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly type: 'application' | 'network';
  readonly scheme: 'internet-facing' | 'internal';
  /** Address of its listeners, on the machine that runs the data plane. */
  readonly address: string;
  readonly state: LoadBalancerState;
  readonly listeners: readonly Listener[];
  readonly tags: readonly Ecs.Tag[];
  readonly createdAt: EpochMs;
}

/**
 * The part of a load balancer that a user can change. Subnets and security groups are kept and displayed but have no
 * effect.
 */
export interface LoadBalancerSettings {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Attributes that differ from their defaults. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** State that the data plane reports: whether it serves the load balancer. */
export interface LoadBalancerState {
  readonly code: 'provisioning' | 'active' | 'active_impaired' | 'failed';
  /** Reason why it is not active. */
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

/** The complete new settings. */
export interface LoadBalancerUpdated extends OfLoadBalancer {
  readonly type: 'LoadBalancerUpdated';
  readonly settings: LoadBalancerSettings;
}

/** Report of the data plane, once for each change. */
export interface LoadBalancerStateChanged extends OfLoadBalancer {
  readonly type: 'LoadBalancerStateChanged';
  readonly state: LoadBalancerState;
}

/** Also deletes its listeners and rules. Target groups stay. */
export interface LoadBalancerDeleted extends OfLoadBalancer {
  readonly type: 'LoadBalancerDeleted';
}

/** The complete new set of tags of the load balancer, one of its listeners, or one of their rules. */
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

/** The complete new settings. */
export interface ListenerUpdated extends OfLoadBalancer {
  readonly type: 'ListenerUpdated';
  readonly listener: string;
  readonly settings: ListenerSettings;
}

/** Also deletes its rules. */
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

/** New priorities of the named rules. Other rules keep theirs. */
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

/** Returns the names of the target groups of a load balancer's listeners, without duplicates. */
export function targetGroupsOfLoadBalancer({ listeners }: LoadBalancer): readonly string[] {
  return [...new Set(listeners.flatMap(targetGroupsOfListener))];
}
