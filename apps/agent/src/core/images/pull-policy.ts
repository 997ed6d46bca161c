import type { ImageReference } from './image-reference';

/** ECS_IMAGE_PULL_BEHAVIOR. */
export const PULL_BEHAVIORS = ['default', 'always', 'once', 'prefer-cached'] as const;
export type PullBehavior = (typeof PULL_BEHAVIORS)[number];

/** What is known of an image before its container is made. */
export interface LocalImage {
  readonly present: boolean;
  /** An earlier task of this agent pulled it. */
  readonly pulledBefore: boolean;
}

/**
 * Whether to ask the registry, and whether the local image will do when that fails: `default` asks and falls back,
 * `always` asks and does not, `once` asks unless a task of this agent already pulled it, `prefer-cached` asks only for
 * what is missing. A digest names its content, so what is here need never be asked for.
 */
export function pullDecision(
  behavior: PullBehavior,
  reference: ImageReference,
  local: LocalImage,
): { readonly pull: boolean; readonly fallBack: boolean } {
  if (!local.present) return { pull: true, fallBack: false };
  if (reference.digest !== undefined) return { pull: false, fallBack: true };
  switch (behavior) {
    case 'default':
      return { pull: true, fallBack: true };
    case 'always':
      return { pull: true, fallBack: false };
    case 'once':
      return { pull: !local.pulledBefore, fallBack: false };
    case 'prefer-cached':
      return { pull: false, fallBack: true };
  }
}
