import { type Elbv2, parseTargetGroupArn, type Scope } from '@stowage/domain';
import { type Subject, subjectOf } from '@stowage/journal';

/**
 * Returns the subjects of the target groups that actions name: a group that is deleted in the meantime must not be
 * used.
 */
export function subjectsOfActions(scope: Scope, actions: readonly Elbv2.Action[] | undefined): readonly Subject[] {
  const arns = (actions ?? []).flatMap(({ TargetGroupArn, ForwardConfig }) => [
    TargetGroupArn,
    ...(ForwardConfig?.TargetGroups ?? []).map((tuple) => tuple.TargetGroupArn),
  ]);
  const names = arns.flatMap((arn) => (arn === undefined ? [] : [parseTargetGroupArn(scope, arn).name]));
  return [...new Set(names)].map((name) => subjectOf({ kind: 'target-group', name }));
}
