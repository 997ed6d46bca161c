import { Elbv2Inputs, elbTagsView } from '@stowage/aws-api';
import { elbTagsOf, type Elbv2, parseElbArn, type Scope } from '@stowage/domain';
import type { OwnOperation } from '../own-operation';
import type { Reads } from '../reads';

/** DescribeTags (ecs-api 6.6). */
export function elbTagReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeTags: reads.operation(Elbv2Inputs.DescribeTagsInput, (input) => describeTags(reads, scope, input)),
  };
}

async function describeTags(
  { model }: Reads,
  scope: Scope,
  { ResourceArns: arns }: Elbv2.DescribeTagsInput,
): Promise<Elbv2.DescribeTagsOutput> {
  const resources = [...new Set(arns)].map((arn) => ({ arn, resource: parseElbArn(scope, arn) }));
  const [loadBalancers, targetGroups] = await Promise.all([
    model.loadBalancers.byNames(
      resources.flatMap(({ resource: { kind, ref } }) => {
        if (kind === 'target-group') return [];
        return [kind === 'load-balancer' ? ref.name : ref.loadBalancer.name];
      }),
    ),
    model.targetGroups.byNames(
      resources.flatMap(({ resource: { kind, ref } }) => (kind === 'target-group' ? [ref.name] : [])),
    ),
  ]);
  return {
    TagDescriptions: resources.map(({ arn, resource }) => ({
      ResourceArn: arn,
      Tags: elbTagsView(elbTagsOf({ loadBalancers, targetGroups }, resource)),
    })),
  };
}
