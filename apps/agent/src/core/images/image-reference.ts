/** Parts of an image's name. */
export interface ImageReference {
  /** What Docker is asked to pull: `name` without tag and digest. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  /** The registry's host; Docker Hub's when the name has none. */
  readonly registry: string;
}

const DOCKER_HUB = 'docker.io';

/** `[registry/]name[:tag][@digest]`, read as Docker reads it. */
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

/** The first part is a host when it looks like one. */
function registryOf(repository: string): string {
  const first = repository.split('/', 1)[0] ?? '';
  if (!repository.includes('/')) return DOCKER_HUB;
  return first.includes('.') || first.includes(':') || first === 'localhost' ? first : DOCKER_HUB;
}

/** The manifest's digest among an image's `name@sha256:…`, when the registry gave one for this name. */
export function digestOf(image: string, repoDigests: readonly string[]): string | undefined {
  const { repository } = parseImage(image);
  const known = repoDigests.map((text) => text.split('@', 2));
  const [, digest] = known.find(([name]) => name !== undefined && familiar(name) === familiar(repository)) ?? [];
  return digest;
}

function familiar(name: string): string {
  return name.replace(/^docker\.io\//, '').replace(/^library\//, '');
}
