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
import { chosenLaunchType, type LaunchChoice, parseLaunchChoice } from './launch-type';
import { place } from './place';
import { decided, type PlacementDecision, type Situation, type TokenHashes } from './placement-decision';
import type { PlacementRequest } from './placement-request';
import { strategyLevels } from './strategy';
import { checkNetwork, parseTaskSettings, type TaskSettings } from './task-settings';
import { placementRequest, taskOn, type TaskTemplate, taskTemplate } from './task-template';

/** RunTask's `count` (ecs-api 4.3). */
export const RUN_TASK_COUNT_MAX = 10;
const STARTED_BY_LENGTH_MAX = 128;
const CLIENT_TOKEN_PATTERN = /^[\x21-\x7e]{1,64}$/;

/** A RunTask request, checked as far as that needs no state. */
export interface RunTask {
  readonly taskDefinition: DefinitionReference;
  readonly count: number;
  readonly launch: LaunchChoice;
  readonly settings: TaskSettings;
  readonly constraints: readonly Ecs.PlacementConstraint[];
  readonly strategies: readonly Ecs.PlacementStrategy[];
}

export interface RunTaskCommand extends RunTask {
  readonly cluster: ClusterName;
  readonly clientToken?: TokenHashes;
}

/** @throws Refusal for a member that is not valid or not supported yet */
export function parseRunTask(input: Ecs.RunTaskRequest, taskDefinition: DefinitionReference): RunTask {
  const { count = 1, placementConstraints: constraints = [], placementStrategy: strategies = [] } = input;
  if (!Number.isInteger(count) || count < 1 || count > RUN_TASK_COUNT_MAX) {
    throw invalidParameter(`Count should be between 1 and ${RUN_TASK_COUNT_MAX}`);
  }
  checkClientToken(input.clientToken);
  const settings = parseTaskSettings(input, STARTED_BY_LENGTH_MAX);
  const launch = parseLaunchChoice(input);
  checkPlacementStrategies(strategies);
  checkPlacementConstraints(constraints);
  return { taskDefinition, count, launch, settings, constraints, strategies };
}

/**
 * Places as many of the tasks as fit (ecs-api 5.5.3).
 * @throws Refusal if the state does not allow the request
 */
export function decideRunTask(command: RunTaskCommand, situation: Situation): PlacementDecision {
  const template = runTaskTemplate(command, command.cluster, situation);
  const index = PlacementIndex.of(situation.state).cluster(command.cluster);
  const plan = place(runTaskRequest(command, template), index, situation);
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
export function runTaskRequest({ count, constraints, strategies }: RunTask, template: TaskTemplate): PlacementRequest {
  return placementRequest(template, count, { constraints, strategy: strategyLevels(strategies) });
}

/** @throws Refusal if the state does not allow the request */
export function runTaskTemplate(
  { taskDefinition, launch, settings }: RunTask,
  name: ClusterName,
  { state }: Pick<Situation, 'state'>,
): TaskTemplate {
  const cluster = activeCluster(state, name);
  const definition = runnableDefinition(state, taskDefinition);
  const launchType = chosenLaunchType(launch, definition, cluster);
  checkNetwork(settings, definition);
  return taskTemplate(settings, { definition, cluster, launchType });
}

/** @throws Refusal for a token that is empty, too long or not printable ASCII */
function checkClientToken(token: string | undefined): void {
  if (token !== undefined && !CLIENT_TOKEN_PATTERN.test(token)) {
    throw invalidParameter('clientToken must be 1 to 64 ASCII characters in the range of 33-126.');
  }
}
