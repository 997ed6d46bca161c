import { attributesView, Elbv2Inputs, targetGroupView, targetHealthView } from '@stowage/aws-api';
import {
  checkTargetId,
  type Elbv2,
  invalidParameter,
  knownTargetGroup,
  loadBalancerArn,
  parseTargetGroupArn,
  type Scope,
  type TargetGroup,
  targetGroupAttributes,
  targetGroupNotFound,
  targetGroupsOfLoadBalancer,
  type TargetKey,
} from '@stowage/domain';
import type { OwnOperation } from '../own-operation';
import type { Reads } from '../reads';
import { elbPage, nextMarker } from './elb-page';
import { loadBalancerByArn } from './load-balancer-reads';

/** Reads of target groups and their targets (ecs-api 6.4). */
export function targetGroupReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeTargetGroups: reads.operation(Elbv2Inputs.DescribeTargetGroupsInput, (input) =>
      describeTargetGroups(reads, scope, input),
    ),
    DescribeTargetGroupAttributes: reads.operation(
      Elbv2Inputs.DescribeTargetGroupAttributesInput,
      async ({ TargetGroupArn: arn }): Promise<Elbv2.DescribeTargetGroupAttributesOutput> => ({
        Attributes: attributesView(targetGroupAttributes(await targetGroupByArn(reads, scope, arn))),
      }),
    ),
    DescribeTargetHealth: reads.operation(Elbv2Inputs.DescribeTargetHealthInput, (input) =>
      describeTargetHealth(reads, scope, input),
    ),
  };
}

async function describeTargetGroups(
  reads: Reads,
  scope: Scope,
  input: Elbv2.DescribeTargetGroupsInput,
): Promise<Elbv2.DescribeTargetGroupsOutput> {
  const { LoadBalancerArn: arn, TargetGroupArns: arns = [], Names: names = [] } = input;
  if ([arn !== undefined, arns.length > 0, names.length > 0].filter(Boolean).length > 1) {
    throw invalidParameter(
      'Target group names, target group ARNs and a load balancer ARN cannot be specified together',
    );
  }
  if (arns.length > 0) return shown(reads, scope, await byArns(reads, scope, arns));
  if (names.length > 0) return shown(reads, scope, await byNames(reads, names));
  const of = arn === undefined ? undefined : targetGroupsOfLoadBalancer(await loadBalancerByArn(reads, scope, arn));
  const page = await reads.model.targetGroups.list(elbPage(input), of);
  return { ...(await shown(reads, scope, page.items)), ...nextMarker(page) };
}

async function shown(
  { model }: Reads,
  scope: Scope,
  groups: readonly TargetGroup[],
): Promise<{ readonly TargetGroups: readonly Elbv2.TargetGroup[] }> {
  const users = await model.loadBalancers.usersOf(groups.map(({ name }) => name));
  const arnsOf = (name: string): readonly string[] =>
    (users.get(name) ?? []).map((each) => loadBalancerArn(scope, each));
  return { TargetGroups: groups.map((group) => targetGroupView(group, scope, arnsOf(group.name))) };
}

async function byNames({ model }: Reads, names: readonly string[]): Promise<readonly TargetGroup[]> {
  const found = await model.targetGroups.byNames(names);
  if (names.some((name) => !found.has(name))) throw targetGroupNotFound();
  return [...found.values()];
}

async function byArns({ model }: Reads, scope: Scope, arns: readonly string[]): Promise<readonly TargetGroup[]> {
  const refs = [...new Set(arns)].map((arn) => parseTargetGroupArn(scope, arn));
  const targetGroups = await model.targetGroups.byNames(refs.map(({ name }) => name));
  return refs.map((ref) => knownTargetGroup({ targetGroups }, ref));
}

async function targetGroupByArn(reads: Reads, scope: Scope, arn: string): Promise<TargetGroup> {
  const [group] = await byArns(reads, scope, [arn]);
  if (!group) throw targetGroupNotFound();
  return group;
}

async function describeTargetHealth(
  reads: Reads,
  scope: Scope,
  { TargetGroupArn: arn, Targets: targets, Include: include }: Elbv2.DescribeTargetHealthInput,
): Promise<Elbv2.DescribeTargetHealthOutput> {
  if (include !== undefined && include.length > 0) {
    throw invalidParameter('Include is not supported: no target group detects anomalies');
  }
  const group = await targetGroupByArn(reads, scope, arn);
  const asked = targets?.map(({ Id: id, Port: port = group.port }): TargetKey => {
    checkTargetId(group.targetType, id);
    return { id, port };
  });
  const users = await reads.model.loadBalancers.usersOf([group.name]);
  return { TargetHealthDescriptions: targetHealthView(group, { isUsed: users.has(group.name), asked }) };
}
