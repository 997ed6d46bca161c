import {
  type InstanceId,
  invariant,
  type PlacementBasis,
  type ReadonlyClusterState,
  seededRandom,
  serviceKey,
  sizeTask,
  type TaskId,
  type TasksPlaced,
} from '@stowage/domain';
import type { ClusterIndex } from './index/cluster-index';
import { PlacementIndex } from './index/placement-index';
import { place } from './place';
import type { PlacementRequest } from './placement-request';
import { serviceRules } from './service-tasks';
import { strategyLevels } from './strategy';
import { NO_RULES, placementRequest, type PlacementRules } from './task-template';

/** A decision as the journal has it. */
export interface PastDecision {
  readonly task: TaskId;
  readonly basis: PlacementBasis;
  /** The request's placements. */
  readonly events: readonly TasksPlaced[];
  /** What was counted as placed and was not in the state of its position: of the batch before, and earlier in its own. */
  readonly counted: readonly TasksPlaced[];
}

/** A decision that was made again. */
export interface DecidedAgain {
  readonly request: PlacementRequest;
  /** As the decision about the task itself found it: what it counted, and the tasks of its request before it, are in. */
  readonly index: ClusterIndex;
  /** In the order in which they were chosen. */
  readonly chosen: readonly InstanceId[];
  readonly isSame: boolean;
}

/** Makes the decision again on `state`, which is the journal's at its position. */
export function decideAgain(past: PastDecision, state: ReadonlyClusterState): DecidedAgain {
  const { basis, events, counted, task } = past;
  const own = events.find(({ tasks }) => tasks.some(({ id }) => id === task));
  invariant(own, 'The decision about a task placed it.');
  const request = requestOf(own, basis, state);
  const index = PlacementIndex.of(state).cluster(own.cluster);
  const held = index.reservation();
  for (const { instance, tasks } of counted) for (const each of tasks) held.add(instance, each);
  const { seed, share } = basis;
  // Whose instances were named by the caller, nobody chose.
  const chosen =
    seed === undefined
      ? events.map(({ instance }) => instance)
      : place(request, index, { random: seededRandom(seed), ...(share && { share }) }).chosen.map(({ id }) => id);
  const nth = own.tasks.findIndex(({ id }) => id === task);
  for (const before of chosen.slice(0, indexOfNth(chosen, own.instance, nth))) held.add(before, request);
  return { request, index, chosen, isSame: isSame(chosen, events) };
}

/** What was asked for, from what the events and the state at that time say. */
function requestOf(event: TasksPlaced, { seed, asked }: PlacementBasis, state: ReadonlyClusterState): PlacementRequest {
  const [task] = event.tasks;
  const cluster = state.clusters.get(event.cluster);
  const definition = task && state.taskDefinition(task.taskDefinition);
  invariant(task && cluster && definition, 'What is placed was there when it was decided.');
  const { group, overrides, launchType } = task;
  invariant(launchType !== 'FARGATE', 'Everything runs on instances.');
  const service = task.service && state.services.get(serviceKey(event.cluster, task.service.name));
  const own: PlacementRules = {
    constraints: asked?.placementConstraints ?? [],
    strategy: strategyLevels(asked?.placementStrategy ?? []),
  };
  const rules = seed === undefined ? NO_RULES : service ? serviceRules(service) : own;
  const sized = sizeTask(definition.definition, overrides);
  const template = { cluster, definition, sized, overrides, launchType, group, tags: [] };
  return placementRequest(template, asked?.count ?? 1, rules);
}

/** Where the choice stands that is the `nth` of this instance. */
function indexOfNth(chosen: readonly InstanceId[], instance: InstanceId, nth: number): number {
  let seen = 0;
  for (const [at, each] of chosen.entries()) {
    if (each !== instance) continue;
    if (seen === nth) return at;
    seen += 1;
  }
  return chosen.length;
}

function isSame(chosen: readonly InstanceId[], events: readonly TasksPlaced[]): boolean {
  const counts = new Map<InstanceId, number>();
  for (const instance of chosen) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  return counts.size === events.length && events.every(({ instance, tasks }) => counts.get(instance) === tasks.length);
}
