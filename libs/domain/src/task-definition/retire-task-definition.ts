import type { ReadonlyClusterState } from '../state/cluster-state';
import type { EpochMs } from '../ids';
import { clientError } from '../refusal';
import { revisionsOf } from '../service/records/service';
import type {
  TaskDefinition,
  TaskDefinitionDeleted,
  TaskDefinitionDeletionRequested,
  TaskDefinitionDeregistered,
  TaskDefinitionRef,
} from './records/task-definition';

/**
 * Decides DeregisterTaskDefinition. Running tasks continue, and no task is started from the revision any more (ecs-api
 * 5.4.3).
 */
export function decideDeregisterTaskDefinition(
  state: Pick<ReadonlyClusterState, 'taskDefinition'>,
  { family, revision }: TaskDefinitionRef,
): readonly [TaskDefinitionDeregistered] {
  const definition = state.taskDefinition({ family, revision });
  if (!definition) throw clientError('Unable to describe task definition.');
  if (definition.status !== 'ACTIVE') throw clientError('The specified task definition is inactive.');
  return [{ type: 'TaskDefinitionDeregistered', version: 1, family, revision }];
}

/** Reason why DeleteTaskDefinitions does not delete a revision, in ECS's words. */
export const DELETION_FAILURES = {
  invalid: 'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.',
  unknown: 'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
  active: 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
} as const;

export interface DeletionDecision {
  readonly events: readonly TaskDefinitionDeletionRequested[];
  /** In the order of the request: the revision that is being deleted, or the reason why it is not. */
  readonly outcomes: readonly (
    { readonly deleting: true; readonly ref: TaskDefinitionRef } | { readonly deleting: false; readonly reason: string }
  )[];
}

/**
 * Decides DeleteTaskDefinitions. An undefined reference stands for a malformed identifier. A repeated request emits no
 * event.
 */
export function decideDeleteTaskDefinitions(
  state: Pick<ReadonlyClusterState, 'taskDefinition'>,
  refs: readonly (TaskDefinitionRef | undefined)[],
): DeletionDecision {
  const outcomes = refs.map((ref) => deletion(ref, ref && state.taskDefinition(ref)));
  const deleting = new Map(
    outcomes.flatMap((outcome) => (outcome.deleting ? [[revisionKey(outcome.ref), outcome.ref] as const] : [])),
  );
  const events = [...deleting.values()]
    .filter((ref) => state.taskDefinition(ref)?.status === 'INACTIVE')
    .map(
      ({ family, revision }) => ({ type: 'TaskDefinitionDeletionRequested', version: 1, family, revision }) as const,
    );
  return { events, outcomes };
}

function deletion(
  ref: TaskDefinitionRef | undefined,
  definition: TaskDefinition | undefined,
): DeletionDecision['outcomes'][number] {
  if (!ref) return { deleting: false, reason: DELETION_FAILURES.invalid };
  if (!definition) return { deleting: false, reason: DELETION_FAILURES.unknown };
  if (definition.status === 'ACTIVE') return { deleting: false, reason: DELETION_FAILURES.active };
  return { deleting: true, ref: { family: ref.family, revision: ref.revision } };
}

/**
 * Returns the revisions whose deletion was requested before `askedBefore` and to which no task or service refers.
 *
 * A scheduler that saw the revision as ACTIVE may still be committing a placement: it expects only the ledgers
 * unchanged, because a task definition cannot invalidate a placement. A scheduler gives up after a bounded time. If
 * `askedBefore` is further in the past than this bound, no deletion affects such a task.
 */
export function deletableRevisions(
  state: Pick<ReadonlyClusterState, 'families' | 'tasks' | 'services'>,
  askedBefore: EpochMs,
): readonly TaskDefinitionRef[] {
  const deleting = [...state.families.values()].flatMap(({ revisions }) =>
    [...revisions.values()].filter((definition) => isDue(definition, askedBefore)),
  );
  if (deleting.length === 0) return [];
  const used = new Set([...state.tasks.values()].map(({ taskDefinition }) => revisionKey(taskDefinition)));
  for (const service of state.services.values()) {
    for (const { taskDefinition } of revisionsOf(service)) used.add(revisionKey(taskDefinition));
  }
  return deleting
    .filter((definition) => !used.has(revisionKey(definition)))
    .map(({ family, revision }) => ({ family, revision }));
}

const isDue = ({ status, deleteRequestedAt = 0 }: TaskDefinition, askedBefore: EpochMs): boolean =>
  status === 'DELETE_IN_PROGRESS' && deleteRequestedAt < askedBefore;

/** Decides the removal of one of {@link deletableRevisions}, if it is still deletable. */
export function decideFinishDeletion(
  state: Pick<ReadonlyClusterState, 'families' | 'tasks' | 'services'>,
  { family, revision }: TaskDefinitionRef,
  askedBefore: EpochMs,
): readonly TaskDefinitionDeleted[] {
  const isDeletable = deletableRevisions(state, askedBefore).some(
    (ref) => ref.family === family && ref.revision === revision,
  );
  return isDeletable ? [{ type: 'TaskDefinitionDeleted', version: 1, family, revision }] : [];
}

const revisionKey = ({ family, revision }: TaskDefinitionRef): string => `${family}:${revision}`;
