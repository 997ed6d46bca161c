import type { Ecs, Elbv2 } from '@stowage/domain';

/** Returns tags in the form of Elastic Load Balancing. */
export function elbTagsView(tags: readonly Ecs.Tag[]): readonly Elbv2.Tag[] {
  return tags.map(({ key = '', value = '' }) => ({ Key: key, Value: value }));
}
