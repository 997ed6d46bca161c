import type { ImageReference } from './image-reference';

/** The values of ECS_IMAGE_PULL_BEHAVIOR. */
export const PULL_BEHAVIORS = ['default', 'always', 'once', 'prefer-cached'] as const;
export type PullBehavior = (typeof PULL_BEHAVIORS)[number];

/** The state of an image before its container is created. */
export interface LocalImage {
  readonly present: boolean;
  /** An earlier task of this agent pulled the image. */
  readonly pulledBefore: boolean;
}

/**
 * Decides if the agent pulls the image, and if it uses the local image after a failed pull. `default` pulls and falls
 * back to the local image, `always` pulls without a fallback, `once` pulls unless a task of this agent has already
 * pulled the image, and `prefer-cached` pulls only a missing image. A digest identifies the content, so a local image
 * with this digest is never pulled again.
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
