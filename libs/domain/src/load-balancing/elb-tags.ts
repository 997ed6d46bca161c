import type * as Elbv2 from '../elbv2/shapes';
import type * as Ecs from '../ecs/shapes';
import { invalidParameter, Refusal } from '../refusal';
import { TAGS_MAX } from '../tags';

/** Returns the tags of a new resource in Stowage's form. @throws Refusal in Elastic Load Balancing's words */
export function newElbTags(tags: readonly Elbv2.Tag[] | undefined): readonly Ecs.Tag[] {
  return mergedElbTags([], tags ?? []);
}

/** Returns `current` with the tags in `added` replaced or added by key. @throws Refusal */
export function mergedElbTags(current: readonly Ecs.Tag[], added: readonly Elbv2.Tag[]): readonly Ecs.Tag[] {
  const seen = new Set<string>();
  const merged = new Map(current.map((tag) => [tag.key, tag]));
  for (const { Key: key, Value: value = '' } of added) {
    if (seen.has(key)) throw new Refusal('DuplicateTagKeysException', `Duplicate tag keys found: '${key}'`);
    seen.add(key);
    checkIsNotReserved(key);
    merged.set(key, { key, value });
  }
  if (merged.size > TAGS_MAX) {
    throw new Refusal('TooManyTagsException', `The maximum number of tags is ${String(TAGS_MAX)} per resource`);
  }
  return [...merged.values()];
}

/** Returns `current` without `keys`. Absent keys are ignored. @throws Refusal */
export function withoutElbTags(current: readonly Ecs.Tag[], keys: readonly string[]): readonly Ecs.Tag[] {
  for (const key of keys) checkIsNotReserved(key);
  return current.filter(({ key }) => key === undefined || !keys.includes(key));
}

function checkIsNotReserved(key: string): void {
  if (!key.toLowerCase().startsWith('aws:')) return;
  throw invalidParameter(`Tag key '${key}': keys that begin with 'aws:' are reserved for system use`);
}
