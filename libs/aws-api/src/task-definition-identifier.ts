import {
  clientError,
  invalidParameter,
  NAME_PATTERN,
  Refusal,
  type Scope,
  type TaskDefinitionRef,
} from '@stowage/domain';
import { onlyPart } from './identifiers';
import { parseEcsArn } from './ecs-arn';

/** A reference to a revision, or to a family and thereby its latest ACTIVE revision. */
export interface TaskDefinitionIdentifier {
  readonly family: string;
  readonly revision?: number;
}

/** Largest revision number. No family reaches it, and larger numbers are not exact. */
const REVISION_MAX = 2_147_483_647;

/**
 * Parses `family`, `family:revision` or the ARN of either. @throws Refusal if it is malformed:
 * InvalidParameterException for a revision that is not a number, else ClientException, as for an unknown definition
 * (ecs-api 4.2, 5.4.3).
 */
export function parseTaskDefinition(scope: Scope, identifier: string): TaskDefinitionIdentifier {
  const isArn = identifier.startsWith('arn:') || identifier.includes('/');
  const text = isArn ? onlyPart(parseEcsArn(scope, identifier, 'task-definition')) : identifier;
  const [family = '', revision, ...rest] = text.split(':');
  if (!NAME_PATTERN.test(family) || rest.length > 0) throw clientError('Unable to describe task definition.');
  return revision === undefined ? { family } : { family, revision: parseRevision(revision) };
}

/** Like {@link parseTaskDefinition}, to run tasks: an invalid name is treated like an unknown definition. */
export function parseDefinitionToRun(scope: Scope, identifier: string): TaskDefinitionIdentifier {
  try {
    return parseTaskDefinition(scope, identifier);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'ClientException') throw clientError('TaskDefinition not found.');
    throw error;
  }
}

/** Like {@link parseTaskDefinition}, for operations that require a revision (ecs-api 5.4.3). @throws Refusal */
export function parseTaskDefinitionRevision(scope: Scope, identifier: string): TaskDefinitionRef {
  const { family, revision } = parseTaskDefinition(scope, identifier);
  if (revision === undefined) throw clientError('Revision is missing.');
  return { family, revision };
}

function parseRevision(text: string): number {
  const revision = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  if (revision < 1 || revision > REVISION_MAX) {
    throw invalidParameter(`Invalid revision number. Number: ${text}`);
  }
  return revision;
}
