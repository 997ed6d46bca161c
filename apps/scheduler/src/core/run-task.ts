import {
  activeCluster,
  checkPlacementConstraints,
  checkPlacementStrategies,
  type ClusterName,
  type DefinitionReference,
  type Ecs,
  invalidParameter,
  invariant,
  runnableDefinition,
} from '@stowage/domain';
import { PlacementIndex } from './index/placement-index';
import { place } from './place';
import { decided, type PlacementDecision, type Situation, type TokenHashes } from './placement-decision';
import { checkClientToken, checkLabels, checkNetwork, checkSupported, chosenLaunchType } from './request-checks';
import type { PlacementRequest } from './placement-request';
import { strategyLevels } from './strategy';
import { placementRequest, taskOn, type TaskTemplate, taskTemplate } from './task-template';

/** RunTask's `count` (ecs-api 4.3). */
export const RUN_TASK_COUNT_MAX = 10;
const STARTED_BY_LENGTH_MAX = 128;

export interface RunTaskCommand {
  readonly cluster: ClusterName;
  readonly taskDefinition: DefinitionReference;
  readonly input: Ecs.RunTaskRequest;
  readonly clientToken?: TokenHashes;
}

/**
 * Returns the number of requested tasks.
 * @throws Refusal if it is out of range
 */
export function countOf({ count = 1 }: Ecs.RunTaskRequest): number {
  if (!Number.isInteger(count) || count < 1 || count > RUN_TASK_COUNT_MAX) {
    throw invalidParameter(`Count should be between 1 and ${RUN_TASK_COUNT_MAX}`);
  }
  return count;
}

/**
 * Places as many of the tasks as fit (ecs-api 5.5.3).
 * @throws Refusal if the request itself is not valid
 */
export function decideRunTask(command: RunTaskCommand, situation: Situation): PlacementDecision {
  const count = countOf(command.input);
  const template = runTaskTemplate(command, situation);
  const request = runTaskRequest(command, template, count);
  const plan = place(request, PlacementIndex.of(situation.state).cluster(command.cluster), situation);
  if (plan.chosen.length === 0 && plan.refusals.length === 0) {
    throw invalidParameter('No Container Instances were found in your cluster.');
  }
  const placements = plan.chosen.map((choice, at) => {
    const ids = situation.ids[at];
    invariant(ids, 'There are ids for every task.');
    return { instance: choice.instance.id, task: taskOn(choice, template, ids) };
  });
  return decided(command.cluster, placements, plan.refusals, command.clientToken);
}

/** Returns the placement request. */
export function runTaskRequest({ input }: RunTaskCommand, template: TaskTemplate, count: number): PlacementRequest {
  return placementRequest(template, count, {
    constraints: input.placementConstraints ?? [],
    strategy: strategyLevels(input.placementStrategy ?? []),
  });
}

/** @throws Refusal if the request itself is not valid */
export function runTaskTemplate(
  { cluster: name, taskDefinition, input }: RunTaskCommand,
  { state }: Pick<Situation, 'state'>,
): TaskTemplate {
  checkClientToken(input.clientToken);
  checkLabels(input, STARTED_BY_LENGTH_MAX);
  const cluster = activeCluster(state, name);
  const definition = runnableDefinition(state, taskDefinition);
  const launchType = chosenLaunchType(input, definition, cluster);
  checkNetwork(input, definition);
  checkSupported(input);
  checkPlacementStrategies(input.placementStrategy ?? []);
  checkPlacementConstraints(input.placementConstraints ?? []);
  return taskTemplate(input, { definition, cluster, launchType });
}
