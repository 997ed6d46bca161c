import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ContainerInstance } from '../container-instance/records/container-instance';
import type * as Elbv2 from '../elbv2/shapes';
import type { EpochMs } from '../ids';
import { invalidParameter, Refusal } from '../refusal';
import { targetGroupAttributes } from './attributes';
import type { TargetGroupRef } from './elb-arns';
import { knownTargetGroup, loadBalancersUsing } from './find';
import { ELB_LIMITS } from './limits';
import { notSupported } from './refused';
import {
  type TargetGroup,
  targetKey,
  type TargetKey,
  type TargetRegistration,
  type TargetsDeregistered,
  type TargetsDrained,
  type TargetsRegistered,
} from './records/target-group';

/** Attribute of a container instance that contains the address under which its bound ports are reachable. */
export const ADDRESS_ATTRIBUTE = 'stowage.address';
const LOOPBACK = '127.0.0.1';

/** Returns the address of an instance's container ports. An instance without the attribute is on this machine. */
export function addressOfInstance({ attributes }: Pick<ContainerInstance, 'attributes'>): string {
  return attributes.find(({ name }) => name === ADDRESS_ATTRIBUTE)?.value ?? LOOPBACK;
}

/** Decides RegisterTargets by a user. Registered targets that are not draining are unchanged. */
export function decideRegisterTargets(
  state: ReadonlyClusterState,
  ref: TargetGroupRef,
  given: readonly Elbv2.TargetDescription[],
): readonly TargetsRegistered[] {
  const group = knownTargetGroup(state, ref);
  return registerTargets(group, registrationsOf(state, group, given));
}

/** Returns the event that registers `wanted` targets, or none if all are registered. @throws Refusal */
export function registerTargets(
  group: TargetGroup,
  wanted: readonly TargetRegistration[],
): readonly TargetsRegistered[] {
  const live = new Set(group.targets.filter(({ drainUntil }) => drainUntil === undefined).map(targetKey));
  const targets = [...new Map(wanted.map((target) => [targetKey(target), target])).values()].filter(
    (target) => !live.has(targetKey(target)),
  );
  if (targets.length === 0) return [];
  const all = new Set([...group.targets, ...targets].map(targetKey));
  const max = ELB_LIMITS['targets-per-target-group'];
  if (all.size > max) {
    throw new Refusal('TooManyTargetsException', `The maximum number of targets in a target group is ${String(max)}`);
  }
  return [{ type: 'TargetsRegistered', version: 1, targetGroup: group.name, targets }];
}

function registrationsOf(
  state: ReadonlyClusterState,
  { targetType, port: portByDefault }: TargetGroup,
  given: readonly Elbv2.TargetDescription[],
): readonly TargetRegistration[] {
  const instances = new Map([...state.instances.values()].map((instance) => [instance.ec2InstanceId, instance]));
  return given.map(({ Id: id, Port: port = portByDefault, AvailabilityZone: availabilityZone, QuicServerId }) => {
    if (QuicServerId !== undefined) throw notSupported('QuicServerId');
    checkTargetId(targetType, id);
    const common = { id, port, ...(availabilityZone !== undefined && { availabilityZone }) };
    if (targetType === 'ip') return { ...common, address: id };
    const instance = instances.get(id);
    if (instance) return { ...common, address: addressOfInstance(instance) };
    throw new Refusal(
      'InvalidTargetException',
      `The following targets are not in a running state and cannot be registered: '${id}'`,
    );
  });
}

/** @throws Refusal if `id` is not a valid id for the target type. */
export function checkTargetId(targetType: TargetGroup['targetType'], id: string): void {
  if (targetType === 'instance') {
    if (!/^i-[0-9A-Za-z-]{1,64}$/.test(id)) throw invalidParameter(`Instance ID '${id}' is not valid`);
    return;
  }
  const bytes = id.split('.');
  const isAddress = bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255);
  if (!isAddress) throw invalidParameter(`The IP address '${id}' is not a valid IPv4 address`);
}

/** Decides DeregisterTargets by a user. Absent targets are ignored. */
export function decideDeregisterTargets(
  state: ReadonlyClusterState,
  ref: TargetGroupRef,
  { targets, at }: { readonly targets: readonly Elbv2.TargetDescription[]; readonly at: EpochMs },
): readonly (TargetsDeregistered | TargetsDrained)[] {
  const group = knownTargetGroup(state, ref);
  const keys = targets.map(({ Id: id, Port: port = group.port }) => {
    checkTargetId(group.targetType, id);
    return { id, port };
  });
  return deregisterTargets(state, group, { targets: keys, at });
}

const MS = 1_000;

/** Returns the time for which connections to deregistered targets can stay open, in milliseconds. */
export const deregistrationDelayMs = (group: Pick<TargetGroup, 'protocol' | 'attributes'>): number =>
  Number(targetGroupAttributes(group)['deregistration_delay.timeout_seconds']) * MS;

/**
 * Returns the events that start draining targets of the group, except for absent and draining ones. Targets are drained
 * immediately if no listener uses the group or the delay is zero.
 */
export function deregisterTargets(
  state: Pick<ReadonlyClusterState, 'loadBalancers'>,
  group: TargetGroup,
  { targets, at }: { readonly targets: readonly TargetKey[]; readonly at: EpochMs },
): readonly (TargetsDeregistered | TargetsDrained)[] {
  const wanted = new Set(targets.map(targetKey));
  const keys = group.targets
    .filter((target) => target.drainUntil === undefined && wanted.has(targetKey(target)))
    .map(({ id, port }) => ({ id, port }));
  if (keys.length === 0) return [];
  const delayMs = deregistrationDelayMs(group);
  const about = { version: 1, targetGroup: group.name, targets: keys } as const;
  const deregistered: TargetsDeregistered = { type: 'TargetsDeregistered', ...about, drainUntil: at + delayMs };
  const isUsed = loadBalancersUsing(state, group.name).length > 0;
  return isUsed && delayMs > 0 ? [deregistered] : [deregistered, { type: 'TargetsDrained', ...about }];
}
