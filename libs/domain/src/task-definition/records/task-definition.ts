import type * as Ecs from '../../ecs/shapes';
import type { EpochMs } from '../../ids';

/** Which revision: the family's name and its number, from 1. */
export interface TaskDefinitionRef {
  readonly family: string;
  readonly revision: number;
}

/** The key of a revision: `family:revision`, as ECS writes it. */
export type RevisionKey = `${string}:${number}`;

export const revisionKey = ({ family, revision }: TaskDefinitionRef): RevisionKey => `${family}:${revision}`;

/**
 * A definition as registered: the user's members unchanged and in their order, ECS's defaults added (ecs-api 5.4.1).
 * `requiresAttributes` and `compatibilities` are computed at registration and kept, so that a later version of the
 * rules does not change what an old revision asks for.
 */
export type RegisteredDefinition = Omit<
  Ecs.TaskDefinition,
  'taskDefinitionArn' | 'revision' | 'status' | 'registeredAt' | 'deregisteredAt' | 'deleteRequestedAt' | 'registeredBy'
> & {
  readonly family: string;
  readonly containerDefinitions: readonly Ecs.ContainerDefinition[];
};

/** What is folded of one revision. */
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

/** What is kept of a family after its revisions: numbers are never used again. */
export interface FamilyNumbering {
  readonly family: string;
  /** The highest number ever used, that of a deleted revision too. */
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

/** DeleteTaskDefinitions: DELETE_IN_PROGRESS until nothing refers to the revision. */
export interface TaskDefinitionDeletionRequested extends TaskDefinitionRef {
  readonly type: 'TaskDefinitionDeletionRequested';
  readonly version: 1;
}

/** Nothing refers to it any more: the revision is gone; the family's numbering goes on. */
export interface TaskDefinitionDeleted extends TaskDefinitionRef {
  readonly type: 'TaskDefinitionDeleted';
  readonly version: 1;
}

/** The revision's tags as they are from now on, all of them. */
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
