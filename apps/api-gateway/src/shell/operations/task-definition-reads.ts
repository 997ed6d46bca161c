import { describedTaskDefinition, EcsInputs, parseTaskDefinition } from '@stowage/aws-api';
import { clientError, type Ecs, type Scope, taskDefinitionArn } from '@stowage/domain';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** DescribeTaskDefinition, ListTaskDefinitions and ListTaskDefinitionFamilies (ecs-api 5.4.3). */
export function taskDefinitionReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeTaskDefinition: reads.operation(EcsInputs.DescribeTaskDefinitionRequest, (input) =>
      describeTaskDefinition(reads, scope, input),
    ),
    ListTaskDefinitions: reads.operation(EcsInputs.ListTaskDefinitionsRequest, (input) =>
      listTaskDefinitions(reads, scope, input),
    ),
    ListTaskDefinitionFamilies: reads.operation(EcsInputs.ListTaskDefinitionFamiliesRequest, (input) =>
      listFamilies(reads, input),
    ),
  };
}

async function describeTaskDefinition(
  { model }: Reads,
  scope: Scope,
  { taskDefinition, include = [] }: Ecs.DescribeTaskDefinitionRequest,
): Promise<Ecs.DescribeTaskDefinitionResponse> {
  const { family, revision } = parseTaskDefinition(scope, taskDefinition);
  const found =
    revision === undefined
      ? await model.taskDefinitions.latestActive(family)
      : await model.taskDefinitions.byRef({ family, revision });
  if (!found) throw clientError('Unable to describe task definition.');
  return describedTaskDefinition(found, scope, include.includes('TAGS'));
}

async function listTaskDefinitions(
  { model }: Reads,
  scope: Scope,
  { familyPrefix, status = 'ACTIVE', sort = 'ASC', ...page }: Ecs.ListTaskDefinitionsRequest,
): Promise<Ecs.ListTaskDefinitionsResponse> {
  // This is the full name of a family, although it is called a prefix.
  const query = { ...page, status, sort, ...(familyPrefix !== undefined && { family: familyPrefix }) };
  const { items, nextToken } = await model.taskDefinitions.list(query);
  return {
    taskDefinitionArns: items.map(({ family, revision }) => taskDefinitionArn(scope, family, revision)),
    ...(nextToken !== undefined && { nextToken }),
  };
}

async function listFamilies(
  { model }: Reads,
  { familyPrefix, status = 'ALL', ...page }: Ecs.ListTaskDefinitionFamiliesRequest,
): Promise<Ecs.ListTaskDefinitionFamiliesResponse> {
  const query = { ...page, status, ...(familyPrefix !== undefined && { familyPrefix }) };
  const { items, nextToken } = await model.taskDefinitions.families(query);
  return { families: items, ...(nextToken !== undefined && { nextToken }) };
}
