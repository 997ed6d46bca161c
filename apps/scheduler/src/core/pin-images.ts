import type { RegisteredDefinition, ServiceRevision, SizedTask } from '@stowage/domain';

/**
 * Returns the containers with the images with which the service's revision started, as ECS's `versionConsistency`
 * promises. A tag that moves during a deployment does not bring two images into one revision.
 */
export function pinImages(
  sized: SizedTask,
  { containerDefinitions }: RegisteredDefinition,
  revision: ServiceRevision | undefined,
): SizedTask {
  const digests = new Map(Object.entries(revision?.imageDigests ?? {}));
  for (const { name = '', versionConsistency } of containerDefinitions) {
    if (versionConsistency === 'disabled') digests.delete(name);
  }
  if (digests.size === 0) return sized;
  const containers = sized.containers.map((container) => {
    const pinnedDigest = digests.get(container.name);
    return pinnedDigest === undefined ? container : { ...container, pinnedDigest };
  });
  return { ...sized, containers };
}
