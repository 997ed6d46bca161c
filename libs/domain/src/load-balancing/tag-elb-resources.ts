import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Ecs from '../ecs/shapes';
import type * as Elbv2 from '../elbv2/shapes';
import { Refusal } from '../refusal';
import { sameTags } from '../tags';
import type { ElbResource } from './elb-arns';
import { mergedElbTags, withoutElbTags } from './elb-tags';
import { knownListener, knownLoadBalancer, knownRule, knownTargetGroup } from './find';
import type { LoadBalancerTagsSet } from './records/load-balancer';
import type { TargetGroupTagsSet } from './records/target-group';

type TagsSet = LoadBalancerTagsSet | TargetGroupTagsSet;

/** Decides AddTags, for all of the resources or for none. */
export function decideAddTags(
  state: ReadonlyClusterState,
  resources: readonly ElbResource[],
  tags: readonly Elbv2.Tag[],
): readonly TagsSet[] {
  return resources.flatMap((resource) => changed(state, resource, (current) => mergedElbTags(current, tags)));
}

/** Decides RemoveTags, for all of the resources or for none. Absent keys are ignored. */
export function decideRemoveTags(
  state: ReadonlyClusterState,
  resources: readonly ElbResource[],
  keys: readonly string[],
): readonly TagsSet[] {
  return resources.flatMap((resource) => changed(state, resource, (current) => withoutElbTags(current, keys)));
}

type ElbState = Pick<ReadonlyClusterState, 'loadBalancers' | 'targetGroups'>;

/** Returns the tags of a resource. A default rule has none. @throws Refusal if the resource does not exist. */
export function elbTagsOf(state: ElbState, resource: ElbResource): readonly Ecs.Tag[] {
  switch (resource.kind) {
    case 'load-balancer':
      return knownLoadBalancer(state, resource.ref).tags;
    case 'listener':
      return knownListener(state, resource.ref).listener.tags;
    case 'rule':
      return knownRule(state, resource.ref).rule?.tags ?? [];
    case 'target-group':
      return knownTargetGroup(state, resource.ref).tags;
  }
}

function changed(
  state: ElbState,
  resource: ElbResource,
  change: (current: readonly Ecs.Tag[]) => readonly Ecs.Tag[],
): readonly TagsSet[] {
  if (resource.kind === 'rule' && !knownRule(state, resource.ref).rule) {
    throw new Refusal('OperationNotPermittedException', 'Default rules cannot be tagged');
  }
  const before = elbTagsOf(state, resource);
  const tags = change(before);
  return sameTags(before, tags) ? [] : [tagsSet(resource, tags)];
}

function tagsSet(resource: ElbResource, tags: readonly Ecs.Tag[]): TagsSet {
  const { kind, ref } = resource;
  if (kind === 'target-group') return { type: 'TargetGroupTagsSet', version: 1, targetGroup: ref.name, tags };
  const about = { type: 'LoadBalancerTagsSet', version: 1, tags } as const;
  if (kind === 'load-balancer') return { ...about, loadBalancer: ref.name };
  const ofListener = { ...about, loadBalancer: ref.loadBalancer.name, listener: ref.listener };
  return kind === 'listener' ? ofListener : { ...ofListener, rule: ref.rule };
}
