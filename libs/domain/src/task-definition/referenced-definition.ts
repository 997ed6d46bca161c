import type { ReadonlyClusterState } from '../state/cluster-state';
import { clientError, invalidParameter } from '../refusal';
import type { TaskDefinition } from './records/task-definition';

/** A reference to a revision, or to a family and thereby its newest ACTIVE revision. */
export interface DefinitionReference {
  readonly family: string;
  readonly revision?: number;
}

/** Returns the definition to run. @throws Refusal in ECS's words if it does not exist or is not ACTIVE. */
export function runnableDefinition(
  state: Pick<ReadonlyClusterState, 'families' | 'taskDefinition'>,
  reference: DefinitionReference,
): TaskDefinition {
  const { family, revision } = reference;
  const definition = revision === undefined ? latestActive(state, family) : state.taskDefinition({ family, revision });
  if (!definition) throw clientError('TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw invalidParameter('TaskDefinition is inactive');
  return definition;
}

function latestActive(state: Pick<ReadonlyClusterState, 'families'>, name: string): TaskDefinition | undefined {
  const family = state.families.get(name);
  if (!family) return undefined;
  for (let revision = family.latest; revision > 0; revision -= 1) {
    const definition = family.revisions.get(revision);
    if (definition?.status === 'ACTIVE') return definition;
  }
  return undefined;
}
