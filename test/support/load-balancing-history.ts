import type { DomainEvent, ReadonlyClusterState, TargetGroup, TargetKey, TaskId } from '@stowage/domain';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
  ruleCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../../libs/domain/src/testing/load-balancing-events';
import type { Random } from './random';

type Events = readonly DomainEvent[];

const NAMES = ['front', 'back', 'side'];
const GROUPS = ['web', 'api', 'jobs'];

/** Returns one more event of load balancers and target groups. Some events refer to deleted ones. */
export function loadBalancingStep(state: ReadonlyClusterState, random: Random): Events {
  return random.chance(0.4) ? loadBalancerStep(state, random) : targetGroupStep(state, random);
}

function loadBalancerStep(state: ReadonlyClusterState, random: Random): Events {
  const name = random.pick(NAMES) ?? '';
  const about = { version: 1, loadBalancer: name } as const;
  const found = state.loadBalancers.get(name);
  if (!found) return random.chance(0.8) ? [loadBalancerCreated(name)] : [{ type: 'LoadBalancerDeleted', ...about }];
  if (random.chance(0.1)) return [{ type: 'LoadBalancerDeleted', ...about }];
  if (random.chance(0.2)) return [{ type: 'LoadBalancerStateChanged', ...about, state: { code: 'active' } }];
  const listener = random.pick(found.listeners);
  if (!listener || random.chance(0.2)) {
    const created = listenerCreated(name, random.hex(16), random.int(1, 65_535));
    const groups = [...state.targetGroups.keys()];
    return [
      groups.length === 0
        ? created
        : { ...created, settings: { ...created.settings, defaultAction: forwardTo(...groups) } },
    ];
  }
  if (random.chance(0.2)) return [{ type: 'ListenerDeleted', ...about, listener: listener.id }];
  const rule = random.pick(listener.rules);
  if (!rule || random.chance(0.5)) return [ruleCreated(name, listener.id, random.hex(16), random.int(1, 50_000))];
  return [{ type: 'RuleDeleted', ...about, listener: listener.id, rule: rule.id }];
}

function targetGroupStep(state: ReadonlyClusterState, random: Random): Events {
  const name = random.pick(GROUPS) ?? '';
  const group = state.targetGroups.get(name);
  if (!group) return [targetGroupCreated(name)];
  if (random.chance(0.05)) return [{ type: 'TargetGroupDeleted', version: 1, targetGroup: name }];
  return targetStep(group, random, random.pick([...state.tasks.keys()]));
}

function targetStep({ name, targets }: TargetGroup, random: Random, task: TaskId | undefined): Events {
  const about = { version: 1, targetGroup: name } as const;
  const target = random.pick(targets);
  if (!target || random.chance(0.3)) return [targetsRegistered(name, [{ id: 'i-1', port: random.int(1, 50) }])];
  const key: TargetKey = { id: target.id, port: target.port };
  if (target.drainUntil !== undefined) return [{ type: 'TargetsDrained', ...about, targets: [key] }];
  if (random.chance(0.3)) return [{ type: 'TargetsDeregistered', ...about, targets: [key], drainUntil: 1 }];
  const state = random.chance(0.5) ? 'healthy' : 'unhealthy';
  return [{ type: 'TargetHealthChanged', ...about, targets: [{ ...key, health: { state }, ...(task && { task }) }] }];
}
