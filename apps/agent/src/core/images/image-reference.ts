/** The parts of an image's name. */
export interface ImageReference {
  /** The name without tag and digest, for Docker's pull request. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  /** Host of the registry. It is Docker Hub's host if the name has none. */
  readonly registry: string;
}

const DOCKER_HUB = 'docker.io';

/** Parses `[registry/]name[:tag][@digest]` as Docker does. */
export function parseImage(image: string): ImageReference {
  const [named = '', digest] = image.split('@', 2);
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  const repository = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  return {
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    registry: registryOf(repository),
  };
}

/** The first part is a host if it contains a dot or a colon, or is `localhost`. */
function registryOf(repository: string): string {
  const first = repository.split('/', 1)[0] ?? '';
  if (!repository.includes('/')) return DOCKER_HUB;
  return first.includes('.') || first.includes(':') || first === 'localhost' ? first : DOCKER_HUB;
}

/**
 * Returns the manifest digest from an image's list of `name@sha256:…`, or undefined if the registry gave none for this
 * name.
 */
export function digestOf(image: string, repoDigests: readonly string[]): string | undefined {
  const { repository } = parseImage(image);
  const known = repoDigests.map((text) => text.split('@', 2));
  const [, digest] = known.find(([name]) => name !== undefined && familiar(name) === familiar(repository)) ?? [];
  return digest;
}

function familiar(name: string): string {
  return name.replace(/^docker\.io\//, '').replace(/^library\//, '');
}
