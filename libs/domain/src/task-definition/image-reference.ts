/**
 * Docker's grammar of an image reference: `[registry/]path[:tag][@digest]`. All patterns run in linear time, because
 * each separator is matched by exactly one alternative.
 */
const HOST_PATTERN =
  /^(?:[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const PATH_COMPONENT_PATTERN = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG_PATTERN = /^\w[\w.-]{0,127}$/;
const DIGEST_PATTERN = /^sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/;
/** Docker's limit for the name without tag and digest, in characters. */
const NAME_LENGTH_MAX = 255;

/** Returns true if Docker accepts `image` as the name of an image. */
export function isImageReference(image: string): boolean {
  const [tagged = '', digest, ...rest] = image.split('@');
  if (rest.length > 0 || (digest !== undefined && !DIGEST_PATTERN.test(digest))) return false;
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const name = colon < 0 ? tagged : tagged.slice(0, colon);
  if (colon >= 0 && !TAG_PATTERN.test(tagged.slice(colon + 1))) return false;
  return name.length <= NAME_LENGTH_MAX && isName(name);
}

/** The first of several components may be a registry. */
function isName(name: string): boolean {
  const [first = '', ...path] = name.split('/');
  const isPath = (component: string): boolean => PATH_COMPONENT_PATTERN.test(component);
  return (isPath(first) || (path.length > 0 && HOST_PATTERN.test(first))) && path.every(isPath);
}
