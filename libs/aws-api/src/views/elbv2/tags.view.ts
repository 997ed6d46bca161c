import type { Ecs, Elbv2 } from '@stowage/domain';

/** Tags as Elastic Load Balancing spells them. */
export function elbTagsView(tags: readonly Ecs.Tag[]): readonly Elbv2.Tag[] {
  return tags.map(({ key = '', value = '' }) => ({ Key: key, Value: value }));
}
