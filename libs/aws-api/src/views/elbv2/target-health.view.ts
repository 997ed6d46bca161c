import { type Elbv2, type Target, type TargetGroup, targetKey, type TargetKey } from '@stowage/domain';

export interface TargetHealthQuestion {
  /** True if a listener forwards requests to the group. */
  readonly isUsed: boolean;
  /** Requested targets. Absent: all targets. */
  readonly asked?: readonly TargetKey[] | undefined;
}

/** Returns the API's `TargetHealthDescription`s: one for each requested target, even if it is not registered. */
export function targetHealthView(
  group: TargetGroup,
  { isUsed, asked }: TargetHealthQuestion,
): readonly Elbv2.TargetHealthDescription[] {
  const targets = new Map(group.targets.map((target) => [targetKey(target), target]));
  return (asked ?? group.targets).map((key) => {
    const target = targets.get(targetKey(key));
    return {
      Target: targetView(target ?? key),
      HealthCheckPort: group.healthCheck.port === 'traffic-port' ? String(key.port) : group.healthCheck.port,
      TargetHealth: healthView(target, isUsed),
    };
  });
}

function targetView({
  id,
  port,
  availabilityZone,
}: TargetKey & Pick<Target, 'availabilityZone'>): Elbv2.TargetDescription {
  return { Id: id, Port: port, ...(availabilityZone !== undefined && { AvailabilityZone: availabilityZone }) };
}

function healthView(target: Target | undefined, isUsed: boolean): Elbv2.TargetHealth {
  if (!target) {
    return {
      State: 'unused',
      Reason: 'Target.NotRegistered',
      Description: 'Target is not registered to the target group',
    };
  }
  if (!isUsed && target.drainUntil === undefined) {
    return {
      State: 'unused',
      Reason: 'Target.NotInUse',
      Description: 'Target group is not configured to receive traffic from the load balancer',
    };
  }
  const { state, reason, description } = target.health;
  return {
    State: state,
    ...(reason && { Reason: reason }),
    ...(description !== undefined && { Description: description }),
  };
}
