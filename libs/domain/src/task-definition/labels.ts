import type { Refusal } from '../refusal';

/** Begins the labels with which agents recognise what they made. */
const RESERVED_PREFIX = 'stowage.';

/** Throws the refusal of labels that Docker does not take, or that the agent would overwrite. */
export function checkLabels(
  labels: Readonly<Record<string, string>> | undefined,
  invalid: (why: string) => Refusal,
): void {
  for (const key of Object.keys(labels ?? {})) {
    if (key === '') throw invalid('keys must not be empty');
    if (key.startsWith(RESERVED_PREFIX)) {
      throw invalid(`the key '${key}' is reserved, because it begins with '${RESERVED_PREFIX}'`);
    }
  }
}
