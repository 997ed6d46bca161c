import type { Refusal } from '../refusal';

/** Prefix of the labels with which agents recognise their own Docker objects. */
const RESERVED_PREFIX = 'stowage.';

/** @throws Refusal if Docker does not accept the labels, or the agent would overwrite them. */
export function checkLabels(
  labels: Readonly<Record<string, string>> | undefined,
  invalid: (why: string) => Refusal,
): void {
  for (const key of Object.keys(labels ?? {})) {
    if (key === '') throw invalid('keys must not be empty');
    if (key.startsWith(RESERVED_PREFIX)) {
      throw invalid(`the key '${key}' is reserved, because it starts with '${RESERVED_PREFIX}'`);
    }
  }
}
