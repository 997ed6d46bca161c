import type { EpochMs } from '../../ids';
import {
  type Target,
  type TargetGroup,
  type TargetGroupCreated,
  type TargetGroupDeleted,
  type TargetGroupEvent,
  type TargetHealth,
  targetKey,
  type TargetKey,
  type TargetRegistration,
} from './target-group';

/** Returns the target group after the event, or undefined if it does not exist or was deleted. */
export function evolveTargetGroup(
  group: TargetGroup | undefined,
  event: TargetGroupEvent,
  at: EpochMs,
): TargetGroup | undefined {
  if (event.type === 'TargetGroupCreated') return created(event, at);
  if (event.type === 'TargetGroupDeleted') return undefined;
  return group && changed(group, event, at);
}

function created(event: TargetGroupCreated, at: EpochMs): TargetGroup {
  const { targetGroup: name, id, targetType, protocol, protocolVersion, port, vpcId, healthCheck, tags } = event;
  return {
    name,
    id,
    targetType,
    protocol,
    ...(protocolVersion && { protocolVersion }),
    port,
    ...(vpcId !== undefined && { vpcId }),
    healthCheck,
    attributes: {},
    targets: [],
    tags,
    createdAt: at,
  };
}

function changed(
  group: TargetGroup,
  event: Exclude<TargetGroupEvent, TargetGroupCreated | TargetGroupDeleted>,
  at: EpochMs,
): TargetGroup {
  switch (event.type) {
    case 'TargetGroupUpdated': {
      const { healthCheck = group.healthCheck, attributes = group.attributes } = event;
      return { ...group, healthCheck, attributes };
    }
    case 'TargetGroupTagsSet':
      return { ...group, tags: event.tags };
    case 'TargetsRegistered':
      return { ...group, targets: [...without(group.targets, event.targets), ...event.targets.map(registered(at))] };
    case 'TargetsDeregistered':
      return { ...group, targets: changedTargets(group.targets, event.targets, draining(event.drainUntil)) };
    case 'TargetsDrained':
      return { ...group, targets: without(group.targets, event.targets) };
    case 'TargetHealthChanged':
      return {
        ...group,
        targets: changedTargets(group.targets, event.targets, (target, { health }) =>
          target.drainUntil === undefined ? { ...target, health } : target,
        ),
      };
  }
}

const INITIAL: TargetHealth = {
  state: 'initial',
  reason: 'Elb.RegistrationInProgress',
  description: 'Target registration is in progress',
};

const DRAINING: TargetHealth = {
  state: 'draining',
  reason: 'Target.DeregistrationInProgress',
  description: 'Target deregistration is in progress',
};

const registered =
  (at: EpochMs) =>
  (target: TargetRegistration): Target => ({ ...target, health: INITIAL, registeredAt: at });

const draining =
  (drainUntil: EpochMs) =>
  (target: Target): Target => ({ ...target, health: DRAINING, drainUntil });

function without(targets: readonly Target[], gone: readonly TargetKey[]): readonly Target[] {
  const keys = new Set(gone.map(targetKey));
  return targets.filter((target) => !keys.has(targetKey(target)));
}

function changedTargets<About extends TargetKey>(
  targets: readonly Target[],
  about: readonly About[],
  change: (target: Target, about: About) => Target,
): readonly Target[] {
  const byKey = new Map(about.map((each) => [targetKey(each), each]));
  return targets.map((target) => {
    const found = byKey.get(targetKey(target));
    return found ? change(target, found) : target;
  });
}
