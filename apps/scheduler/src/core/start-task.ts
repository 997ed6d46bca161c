import {
  activeCluster,
  type ClusterName,
  type DefinitionReference,
  type Ecs,
  type InstanceId,
  invalidParameter,
  invariant,
  launchTypeOf,
  runnableDefinition,
} from '@stowage/domain';
import { MISSING, whyNot } from './filters';
import { PlacementIndex } from './index/placement-index';
import { decided, type PlacementDecision, type Situation, type TaskPlacement } from './placement-decision';
import type { Candidate, InstanceRefusal, Unfit } from './placement-request';
import { checkNetwork, parseTaskSettings, type TaskSettings } from './task-settings';
import { placementRequest, taskOn, type TaskTemplate, taskTemplate } from './task-template';

/** StartTask's `containerInstances` (ecs-api 4.3). */
export const START_TASK_INSTANCES_MAX = 10;
const STARTED_BY_LENGTH_MAX = 36;

/** A StartTask request, checked as far as that needs no state. */
export interface StartTaskCommand {
  readonly cluster: ClusterName;
  readonly taskDefinition: DefinitionReference;
  readonly instances: readonly InstanceId[];
  readonly settings: TaskSettings;
}

/** @throws Refusal for a member that is not valid or not supported yet */
export function parseStartTask(
  input: Ecs.StartTaskRequest,
  names: Omit<StartTaskCommand, 'settings'>,
): StartTaskCommand {
  checkInstances(names.instances);
  return { ...names, settings: parseTaskSettings(input, STARTED_BY_LENGTH_MAX) };
}

/** The inputs of StartTask in addition to those of every placement. */
export interface StartTaskSituation extends Situation {
  /** Named instances that were registered once and are deregistered now. */
  readonly deregistered: ReadonlySet<InstanceId>;
}

/**
 * Starts one task on each named instance, or returns ECS's reason why not. Placement rules do not apply, but resources,
 * attributes and the agent's connection are checked as for RunTask.
 * @throws Refusal if the state does not allow the request
 */
export function decideStartTask(command: StartTaskCommand, situation: StartTaskSituation): PlacementDecision {
  const template = startTaskTemplate(command, situation);
  const index = PlacementIndex.of(situation.state).cluster(command.cluster);
  const placements: TaskPlacement[] = [];
  const refusals: InstanceRefusal[] = [];
  for (const [at, id] of command.instances.entries()) {
    const ids = situation.ids[at];
    invariant(ids, 'There are ids for every task.');
    const slot = index.slot(id);
    const unfit = slot ? unfitFor(template, slot) : missing(situation.deregistered.has(id));
    if (unfit) refusals.push({ instance: id, ...unfit });
    else if (slot) {
      const own = { ...template, launchType: launchTypeOf(slot.instance) };
      const choice = slot.chosenFor({ group: own.group, resources: own.sized.resources });
      placements.push({ instance: id, task: taskOn(choice, own, ids) });
    }
  }
  return decided(command.cluster, placements, refusals);
}

function startTaskTemplate(
  { cluster: name, taskDefinition, settings }: StartTaskCommand,
  { state }: Situation,
): TaskTemplate {
  const cluster = activeCluster(state, name);
  const definition = runnableDefinition(state, taskDefinition);
  checkNetwork(settings, definition);
  return taskTemplate(settings, { definition, cluster, launchType: 'EC2' });
}

function checkInstances(instances: readonly InstanceId[]): void {
  if (instances.length === 0) throw invalidParameter('Container instances cannot be empty.');
  if (instances.length > START_TASK_INSTANCES_MAX) {
    throw invalidParameter(`Container instances can have at most ${START_TASK_INSTANCES_MAX} items.`);
  }
  if (new Set(instances).size < instances.length) throw invalidParameter('Container instances must be unique.');
}

/** The reason for an instance that does not exist, which depends on whether it was registered once. */
const missing = (wasDeregistered: boolean): Unfit => (wasDeregistered ? { ...MISSING, reason: 'INACTIVE' } : MISSING);

function unfitFor(template: TaskTemplate, candidate: Candidate): Unfit | undefined {
  const launchType = launchTypeOf(candidate.instance);
  return whyNot(placementRequest({ ...template, launchType }, 1, undefined), candidate);
}
