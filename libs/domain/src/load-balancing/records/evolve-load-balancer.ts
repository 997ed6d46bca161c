import type { EpochMs } from '../../ids';
import type { Listener, Rule } from './listener';
import type {
  LoadBalancer,
  LoadBalancerCreated,
  LoadBalancerDeleted,
  LoadBalancerEvent,
  LoadBalancerTagsSet,
} from './load-balancer';

/** Returns the load balancer after the event, or undefined if it does not exist or was deleted. */
export function evolveLoadBalancer(
  loadBalancer: LoadBalancer | undefined,
  event: LoadBalancerEvent,
  at: EpochMs,
): LoadBalancer | undefined {
  if (event.type === 'LoadBalancerCreated') return created(event, at);
  if (event.type === 'LoadBalancerDeleted') return undefined;
  return loadBalancer && changed(loadBalancer, event);
}

function created(event: LoadBalancerCreated, at: EpochMs): LoadBalancer {
  const { loadBalancer: name, id, loadBalancerType: type, scheme, address, settings, tags } = event;
  const state = { code: 'provisioning' } as const;
  return { ...settings, name, id, type, scheme, address, state, listeners: [], tags, createdAt: at };
}

function changed(
  loadBalancer: LoadBalancer,
  event: Exclude<LoadBalancerEvent, LoadBalancerCreated | LoadBalancerDeleted>,
): LoadBalancer {
  switch (event.type) {
    case 'LoadBalancerUpdated':
      return { ...loadBalancer, ...event.settings };
    case 'LoadBalancerStateChanged':
      return { ...loadBalancer, state: event.state };
    case 'LoadBalancerTagsSet':
      return tagged(loadBalancer, event);
    case 'ListenerCreated': {
      const { listener: id, defaultRule, settings, tags } = event;
      return {
        ...loadBalancer,
        listeners: [...loadBalancer.listeners, { ...settings, id, defaultRule, tags, rules: [] }],
      };
    }
    case 'ListenerUpdated':
      return withListener(loadBalancer, event.listener, (listener) => {
        const { id, defaultRule, rules, tags } = listener;
        return { ...event.settings, id, defaultRule, rules, tags };
      });
    case 'ListenerDeleted':
      return { ...loadBalancer, listeners: loadBalancer.listeners.filter(({ id }) => id !== event.listener) };
    case 'RuleCreated':
      return withRules(loadBalancer, event.listener, (rules) => [...rules, event.rule]);
    case 'RuleUpdated': {
      const { conditions, action } = event;
      return withRule(loadBalancer, event, (rule) => ({ ...rule, conditions, action }));
    }
    case 'RuleDeleted':
      return withRules(loadBalancer, event.listener, (rules) => rules.filter(({ id }) => id !== event.rule));
    case 'RulePrioritiesSet': {
      const priorities = new Map(event.priorities.map(({ rule, priority }) => [rule, priority]));
      return withRules(loadBalancer, event.listener, (rules) =>
        rules.map((rule) => ({ ...rule, priority: priorities.get(rule.id) ?? rule.priority })),
      );
    }
  }
}

function tagged(loadBalancer: LoadBalancer, { listener, rule, tags }: LoadBalancerTagsSet): LoadBalancer {
  if (listener === undefined) return { ...loadBalancer, tags };
  if (rule === undefined) return withListener(loadBalancer, listener, (found) => ({ ...found, tags }));
  return withRule(loadBalancer, { listener, rule }, (found) => ({ ...found, tags }));
}

function withListener(loadBalancer: LoadBalancer, id: string, change: (listener: Listener) => Listener): LoadBalancer {
  const listeners = loadBalancer.listeners.map((listener) => (listener.id === id ? change(listener) : listener));
  return { ...loadBalancer, listeners };
}

function withRules(
  loadBalancer: LoadBalancer,
  listener: string,
  change: (rules: readonly Rule[]) => readonly Rule[],
): LoadBalancer {
  return withListener(loadBalancer, listener, (found) => ({
    ...found,
    rules: [...change(found.rules)].sort((a, b) => a.priority - b.priority),
  }));
}

function withRule(
  loadBalancer: LoadBalancer,
  { listener, rule: id }: { readonly listener: string; readonly rule: string },
  change: (rule: Rule) => Rule,
): LoadBalancer {
  return withRules(loadBalancer, listener, (rules) => rules.map((rule) => (rule.id === id ? change(rule) : rule)));
}
