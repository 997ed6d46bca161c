import type * as Ecs from './ecs/shapes';
import { invalidParameter } from './refusal';

/** Largest number of tags of one resource (ecs-api 4.3). Tags with the reserved prefix `aws:` do not count. */
export const TAGS_MAX = 50;
export const TAG_KEY_LENGTH_MAX = 128;
export const TAG_VALUE_LENGTH_MAX = 256;
const TAG_PATTERN = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const RESERVED_PREFIX = 'aws:';

/** @throws Refusal in ECS's words if a user cannot set these tags together on a new resource. */
export function checkTags(tags: readonly Ecs.Tag[]): void {
  const keys = new Set<string>();
  for (const { key, value } of tags) {
    checkTagKey(key);
    if (keys.has(key)) throw invalidParameter(`Duplicate tag keys found: '${key}'. Tag keys must be unique.`);
    keys.add(key);
    if (value !== undefined && (value.length > TAG_VALUE_LENGTH_MAX || !TAG_PATTERN.test(value))) {
      throw invalidParameter(
        `Invalid value of tag '${key}': at most ${TAG_VALUE_LENGTH_MAX} letters, numbers, spaces and _ . : / = + - @.`,
      );
    }
  }
  checkTagCount(tags);
}

function checkTagKey(key: string | undefined): asserts key is string {
  if (key === undefined || key === '') throw invalidParameter('Tag keys can not be empty.');
  if (key.length > TAG_KEY_LENGTH_MAX || !TAG_PATTERN.test(key)) {
    throw invalidParameter(
      `Invalid tag key '${key.slice(0, TAG_KEY_LENGTH_MAX)}': 1 to ${TAG_KEY_LENGTH_MAX} letters, numbers, spaces and _ . : / = + - @.`,
    );
  }
  if (isReserved(key)) {
    throw invalidParameter(`Invalid tag key '${key}': keys that begin with 'aws:' are reserved for system use.`);
  }
}

function checkTagCount(tags: readonly Ecs.Tag[]): void {
  const own = tags.filter(({ key }) => key !== undefined && !isReserved(key));
  if (own.length > TAGS_MAX) throw invalidParameter(`The maximum number of tags is ${TAGS_MAX} per resource.`);
}

const isReserved = (key: string): boolean => key.toLowerCase().startsWith(RESERVED_PREFIX);

/** Returns a user's `tags` in stored form: a missing value is empty. */
export function keptTags(tags: readonly Ecs.Tag[] | undefined): readonly Ecs.Tag[] {
  return (tags ?? []).map((tag) => ({ ...tag, value: tag.value ?? '' }));
}

/**
 * Returns `current` with the tags in `added` replaced or added by key, keeping the order. @throws Refusal if there are
 * too many
 */
export function mergeTags(current: readonly Ecs.Tag[], added: readonly Ecs.Tag[]): readonly Ecs.Tag[] {
  const merged = new Map(current.map((tag) => [tag.key, tag]));
  for (const tag of keptTags(added)) merged.set(tag.key, tag);
  const tags = [...merged.values()];
  checkTagCount(tags);
  return tags;
}

/** Returns `current` without `keys`. Absent keys are ignored. @throws Refusal for reserved keys */
export function withoutTags(current: readonly Ecs.Tag[], keys: readonly string[]): readonly Ecs.Tag[] {
  for (const key of keys) checkTagKey(key);
  return current.filter(({ key }) => key === undefined || !keys.includes(key));
}

/** Returns true if both lists contain the same tags in any order. */
export function sameTags(a: readonly Ecs.Tag[], b: readonly Ecs.Tag[]): boolean {
  const values = new Map(a.map(({ key, value }) => [key, value ?? '']));
  return a.length === b.length && b.every(({ key, value }) => values.get(key) === (value ?? ''));
}
