import type * as Ecs from '../../ecs/shapes';
import type { EpochMs } from '../../ids';

/** Identity of a revision: the family's name and a number, starting at 1. */
export interface TaskDefinitionRef {
  readonly family: string;
  readonly revision: number;
}

/** Returns the key of a revision: `family:revision`, as ECS writes it. */
export type RevisionKey = `${string}:${number}`;

export const revisionKey = ({ family, revision }: TaskDefinitionRef): RevisionKey => `${family}:${revision}`;

/**
 * A registered definition: the user's members unchanged and in their order, with ECS's defaults (ecs-api 5.4.1).
 * `requiresAttributes` and `compatibilities` are computed once and stored, so that later versions of the rules do not
 * change the requirements of an old revision.
 */
export type RegisteredDefinition = Omit<
  Ecs.TaskDefinition,
  'taskDefinitionArn' | 'revision' | 'status' | 'registeredAt' | 'deregisteredAt' | 'deleteRequestedAt' | 'registeredBy'
> & {
  readonly family: string;
  readonly containerDefinitions: readonly Ecs.ContainerDefinition[];
};

/** State of one revision. */
export interface TaskDefinition extends TaskDefinitionRef {
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly definition: RegisteredDefinition;
  readonly tags: readonly Ecs.Tag[];
  readonly registeredAt: EpochMs;
  /** ARN of the principal that registered it. */
  readonly registeredBy: string;
  readonly deregisteredAt?: EpochMs;
  readonly deleteRequestedAt?: EpochMs;
}

/** State of a family that outlives its revisions, because revision numbers are never reused. */
export interface FamilyNumbering {
  readonly family: string;
  /** The highest number ever used, including deleted revisions. */
  readonly latest: number;
}

export interface TaskDefinitionRegistered extends TaskDefinitionRef {
  readonly type: 'TaskDefinitionRegistered';
  readonly version: 1;
  readonly definition: RegisteredDefinition;
  readonly tags: readonly Ecs.Tag[];
  readonly registeredBy: string;
}

export interface TaskDefinitionDeregistered extends TaskDefinitionRef {
  readonly type: 'TaskDefinitionDeregistered';
  readonly version: 1;
}

/** DeleteTaskDefinitions: the revision is DELETE_IN_PROGRESS until no task or service refers to it. */
export interface TaskDefinitionDeletionRequested extends TaskDefinitionRef {
  readonly type: 'TaskDefinitionDeletionRequested';
  readonly version: 1;
}

/** No task or service refers to the revision: it is removed. The numbering of the family continues. */
export interface TaskDefinitionDeleted extends TaskDefinitionRef {
  readonly type: 'TaskDefinitionDeleted';
  readonly version: 1;
}

/** The complete new set of tags of the revision. */
export interface TaskDefinitionTagsSet extends TaskDefinitionRef {
  readonly type: 'TaskDefinitionTagsSet';
  readonly version: 1;
  readonly tags: readonly Ecs.Tag[];
}

export type TaskDefinitionEvent =
  | TaskDefinitionRegistered
  | TaskDefinitionDeregistered
  | TaskDefinitionDeletionRequested
  | TaskDefinitionDeleted
  | TaskDefinitionTagsSet;

export function evolveTaskDefinition(
  revision: TaskDefinition | undefined,
  event: TaskDefinitionEvent,
  at: EpochMs,
): TaskDefinition | undefined {
  switch (event.type) {
    case 'TaskDefinitionRegistered':
      return {
        family: event.family,
        revision: event.revision,
        status: 'ACTIVE',
        definition: event.definition,
        tags: event.tags,
        registeredAt: at,
        registeredBy: event.registeredBy,
      };
    case 'TaskDefinitionDeregistered':
      return revision && { ...revision, status: 'INACTIVE', deregisteredAt: at };
    case 'TaskDefinitionDeletionRequested':
      return revision && { ...revision, status: 'DELETE_IN_PROGRESS', deleteRequestedAt: at };
    case 'TaskDefinitionDeleted':
      return undefined;
    case 'TaskDefinitionTagsSet':
      return revision && { ...revision, tags: event.tags };
  }
}
