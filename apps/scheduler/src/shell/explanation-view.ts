import { type ClusterName, containerInstanceArn, type Scope } from '@stowage/domain';
import type { InstanceExplanation } from '../core/explain';
import type { Unfit } from '../core/placement-request';

export interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

/** Returns how many instances were refused for each reason, the most frequent reason first. */
export function reasonCounts(refusals: readonly Pick<Unfit, 'reason'>[]): readonly ReasonCount[] {
  const counts = new Map<string, number>();
  for (const { reason } of refusals) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

/** Returns the explanation of one instance in the API's shape. */
export function explanationView(
  { instance, scores, unfit, changes }: InstanceExplanation,
  scope: Scope,
  cluster: ClusterName,
) {
  return {
    containerInstanceArn: containerInstanceArn(scope, cluster, instance.id),
    fits: unfit.length === 0,
    scores,
    refusals: unfit.map(({ rule, reason, asked, there, curedBy }) => ({
      rule,
      reason,
      asked: String(asked),
      there: String(there),
      curedBy,
    })),
    changes,
  };
}
