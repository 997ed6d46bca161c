import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { checkTags, keptTags } from '../tags';
import { checkDefinition } from './check-definition';
import { normaliseDefinition } from './normalise';
import type { TaskDefinitionRegistered } from './records/task-definition';
import { checkSupported, checkSupportedLaunch } from './unsupported';

export interface RegisterTaskDefinition {
  readonly input: Ecs.RegisterTaskDefinitionRequest;
  /** ARN of the principal. */
  readonly registeredBy: string;
}

/** Largest size of a definition as JSON, in bytes (ecs-api 4.3). */
export const DEFINITION_BYTES_MAX = 65_536;

/**
 * Decides RegisterTaskDefinition: the family's next revision, which is one more than the highest ever used, including
 * deleted ones (ecs-api 5.4.1). @throws Refusal
 */
export function decideRegisterTaskDefinition(
  state: Pick<ReadonlyClusterState, 'families'>,
  { input, registeredBy }: RegisterTaskDefinition,
): readonly [TaskDefinitionRegistered] {
  checkSupported(input);
  checkDefinition(input);
  checkSupportedLaunch(input);
  checkTags(input.tags ?? []);
  const definition = normaliseDefinition(input);
  const bytes = new TextEncoder().encode(JSON.stringify(input)).length;
  if (bytes > DEFINITION_BYTES_MAX) {
    throw clientError(`Actual length: '${bytes}'. Max allowed length is '${DEFINITION_BYTES_MAX}' bytes.`);
  }
  return [
    {
      type: 'TaskDefinitionRegistered',
      version: 1,
      family: input.family,
      revision: (state.families.get(input.family)?.latest ?? 0) + 1,
      definition,
      tags: keptTags(input.tags),
      registeredBy,
    },
  ];
}
