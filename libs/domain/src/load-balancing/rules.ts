import type { Scope } from '../arns';
import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import { sameJson } from '../same-json';
import { checkAction } from './check-action';
import type { ListenerRef, RuleRef } from './elb-arns';
import { newElbTags } from './elb-tags';
import { type FoundListener, type FoundRule, knownListener, knownRule } from './find';
import { ELB_LIMITS } from './limits';
import type { Action, Listener, Rule } from './records/listener';
import type { RuleCreated, RuleDeleted, RulePrioritiesSet, RuleUpdated } from './records/load-balancer';
import { readAction } from './read-action';
import { readConditions } from './read-conditions';
import { notSupported } from './refused';

export interface CreateRule {
  readonly listener: ListenerRef;
  readonly input: Elbv2.CreateRuleInput;
  readonly rule: string;
  readonly scope: Scope;
}

/** Decides CreateRule: a new rule whose priority is unique in its listener. @throws Refusal */
export function decideCreateRule(
  state: ReadonlyClusterState,
  { listener: ref, input, rule: id, scope }: CreateRule,
): readonly RuleCreated[] {
  const found = knownListener(state, ref);
  const { loadBalancer, listener } = found;
  if (loadBalancer.type === 'network') {
    throw new Refusal('UnsupportedProtocolException', "A network load balancer's listeners have no rules");
  }
  checkTransforms(input.Transforms);
  const conditions = readConditions(input.Conditions);
  const action = readRuleAction(state, scope, { found, actions: input.Actions });
  if (listener.rules.some(({ priority }) => priority === input.Priority)) throw priorityInUse();
  const max = ELB_LIMITS['rules-per-application-load-balancer'];
  if (loadBalancer.listeners.reduce((count, { rules }) => count + rules.length, 0) >= max) {
    throw new Refusal('TooManyRulesException', `The maximum number of rules per load balancer is ${String(max)}`);
  }
  const rule: Rule = { id, priority: input.Priority, conditions, action, tags: newElbTags(input.Tags) };
  return [{ type: 'RuleCreated', version: 1, loadBalancer: loadBalancer.name, listener: listener.id, rule }];
}

const priorityInUse = (): Refusal => new Refusal('PriorityInUseException', 'The specified priority is in use.');

function checkTransforms(transforms: readonly Elbv2.RuleTransform[] | undefined): void {
  if (transforms && transforms.length > 0) throw notSupported(`A value '${transforms[0]?.Type ?? ''}' in Transforms`);
}

function readRuleAction(
  state: ReadonlyClusterState,
  scope: Scope,
  { found, actions }: { readonly found: FoundListener; readonly actions: readonly Elbv2.Action[] },
): Action {
  const { loadBalancer, listener } = found;
  const action = readAction({ state, scope, type: loadBalancer.type }, actions);
  checkAction(state, scope, { loadBalancer, protocol: listener.protocol, action });
  return action;
}

/** Decides ModifyRule. Members that the request omits stay. @throws Refusal */
export function decideModifyRule(
  state: ReadonlyClusterState,
  ref: RuleRef,
  { input, scope }: { readonly input: Elbv2.ModifyRuleInput; readonly scope: Scope },
): readonly RuleUpdated[] {
  const found = withOwnPriority(knownRule(state, ref));
  const { loadBalancer, listener, rule } = found;
  checkTransforms(input.Transforms);
  const conditions = input.Conditions ? readConditions(input.Conditions) : rule.conditions;
  const action = input.Actions ? readRuleAction(state, scope, { found, actions: input.Actions }) : rule.action;
  if (sameJson({ conditions, action }, { conditions: rule.conditions, action: rule.action })) return [];
  const about = { version: 1, loadBalancer: loadBalancer.name, listener: listener.id, rule: rule.id } as const;
  return [{ type: 'RuleUpdated', ...about, conditions, action }];
}

export function decideDeleteRule(state: ReadonlyClusterState, ref: RuleRef): readonly RuleDeleted[] {
  const { loadBalancer, listener, rule } = withOwnPriority(knownRule(state, ref));
  return [{ type: 'RuleDeleted', version: 1, loadBalancer: loadBalancer.name, listener: listener.id, rule: rule.id }];
}

export interface GivenPriority {
  readonly ref: RuleRef;
  readonly priority: number;
}

/**
 * Decides SetRulePriorities for rules of one listener. All change together, so that rules can swap priorities. @throws
 * Refusal
 */
export function decideSetRulePriorities(
  state: ReadonlyClusterState,
  given: readonly GivenPriority[],
): readonly RulePrioritiesSet[] {
  const found = given.map(({ ref, priority }) => ({ ...withOwnPriority(knownRule(state, ref)), priority }));
  const [first] = found;
  if (!first) throw invalidParameter('A rule priority must be specified');
  const { loadBalancer, listener } = first;
  if (found.some((each) => each.listener.id !== listener.id)) {
    throw invalidParameter('All rules must belong to the same listener');
  }
  const wanted = new Map(found.map(({ rule, priority }) => [rule.id, priority]));
  if (wanted.size < found.length) throw invalidParameter('Each rule can be specified only once');
  checkPrioritiesDiffer(listener, wanted);
  if (found.every(({ rule, priority }) => rule.priority === priority)) return [];
  const priorities = [...wanted].map(([rule, priority]) => ({ rule, priority }));
  const about = { version: 1, loadBalancer: loadBalancer.name, listener: listener.id } as const;
  return [{ type: 'RulePrioritiesSet', ...about, priorities }];
}

function checkPrioritiesDiffer({ rules }: Listener, wanted: ReadonlyMap<string, number>): void {
  const priorities = rules.map(({ id, priority }) => wanted.get(id) ?? priority);
  if (new Set(priorities).size < priorities.length) throw priorityInUse();
}

/** @throws Refusal for the default rule, which is created and deleted with its listener. */
function withOwnPriority(found: FoundRule): FoundListener & { readonly rule: Rule } {
  const { loadBalancer, listener, rule } = found;
  if (rule) return { loadBalancer, listener, rule };
  throw new Refusal('OperationNotPermittedException', 'Default rules can only be changed with their listener');
}
