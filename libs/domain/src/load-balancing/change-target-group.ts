import type { Scope } from '../arns';
import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { Refusal } from '../refusal';
import { sameJson } from '../same-json';
import { changedTargetGroupAttributes } from './attributes';
import { targetGroupArn, type TargetGroupRef } from './elb-arns';
import { knownTargetGroup, loadBalancersUsing } from './find';
import { changedHealthCheck, type GivenHealthCheck } from './health-check';
import type { TargetGroupDeleted, TargetGroupUpdated } from './records/target-group';

/** Decides ModifyTargetGroup, which changes the health check. */
export function decideModifyTargetGroup(
  state: ReadonlyClusterState,
  ref: TargetGroupRef,
  given: GivenHealthCheck,
): readonly TargetGroupUpdated[] {
  const group = knownTargetGroup(state, ref);
  const { name, healthCheck: before } = group;
  const healthCheck = changedHealthCheck(group, before, given);
  if (sameJson(before, healthCheck)) return [];
  return [{ type: 'TargetGroupUpdated', version: 1, targetGroup: name, healthCheck }];
}

/** Decides ModifyTargetGroupAttributes. Attributes that the request omits keep their values. */
export function decideModifyTargetGroupAttributes(
  state: ReadonlyClusterState,
  ref: TargetGroupRef,
  given: readonly Elbv2.TargetGroupAttribute[],
): readonly TargetGroupUpdated[] {
  const group = knownTargetGroup(state, ref);
  const attributes = changedTargetGroupAttributes(group, given);
  if (sameJson(group.attributes, attributes)) return [];
  return [{ type: 'TargetGroupUpdated', version: 1, targetGroup: group.name, attributes }];
}

/**
 * Decides DeleteTargetGroup. Returns no event if the group does not exist. @throws Refusal if a listener or a rule uses
 * the group.
 */
export function decideDeleteTargetGroup(
  state: ReadonlyClusterState,
  ref: TargetGroupRef,
  scope: Scope,
): readonly TargetGroupDeleted[] {
  if (state.targetGroups.get(ref.name)?.id !== ref.id) return [];
  if (loadBalancersUsing(state, ref.name).length > 0) {
    throw new Refusal(
      'ResourceInUseException',
      `Target group '${targetGroupArn(scope, ref)}' is currently in use by a listener or a rule`,
    );
  }
  return [{ type: 'TargetGroupDeleted', version: 1, targetGroup: ref.name }];
}
