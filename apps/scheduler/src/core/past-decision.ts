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
import type { Load } from './index/instance-slot';
import { place } from './place';
import type { PlacementRequest } from './placement-request';
import { serviceRules } from './service-tasks';
import { strategyLevels } from './strategy';
import { placementRequest, type PlacementRules } from './task-template';

/** A decision as the journal has it. */
export interface PastDecision {
  readonly task: TaskId;
  readonly basis: PlacementBasis;
  /** The request's placements. */
  readonly events: readonly TasksPlaced[];
  /** What was counted as placed and was not in the state of its position: of the batch before, and earlier in its own. */
  readonly counted: readonly TasksPlaced[];
}

interface Chosen extends Load {
  readonly instance: InstanceId;
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
      ? placedBy(events)
      : place(request, index, { random: seededRandom(seed), ...(share && { share }) }).chosen.map((choice) => ({
          ...choice,
          instance: choice.instance.id,
        }));
  const nth = own.tasks.findIndex(({ id }) => id === task);
  for (const before of chosen.slice(0, indexOfNth(chosen, own.instance, nth))) held.add(before.instance, before);
  const instances = chosen.map(({ instance }) => instance);
  return { request, index, chosen: instances, isSame: isSame(chosen, placedBy(events)) };
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
  // StartTask draws no seed, and neither does a DAEMON service, whose rules bind all the same.
  const rules = service ? serviceRules(service) : seed === undefined ? undefined : own;
  const sized = sizeTask(definition.definition, overrides);
  const template = { cluster, definition, sized, overrides, launchType, group, tags: [] };
  return placementRequest(template, asked?.count ?? 1, rules);
}

/** Where the choice stands that is the `nth` of this instance. */
function indexOfNth(chosen: readonly Chosen[], instance: InstanceId, nth: number): number {
  let seen = 0;
  for (const [at, each] of chosen.entries()) {
    if (each.instance !== instance) continue;
    if (seen === nth) return at;
    seen += 1;
  }
  return chosen.length;
}

/** Each instance as often, and the same GPUs of it; which of the tasks went where is chance's alone. */
function isSame(chosen: readonly Chosen[], placed: readonly Chosen[]): boolean {
  const told = (all: readonly Chosen[]): string =>
    all
      .map(({ instance, resources }) => [instance, ...resources.gpus].join())
      .sort()
      .join('\n');
  return told(chosen) === told(placed);
}

function placedBy(events: readonly TasksPlaced[]): readonly Chosen[] {
  return events.flatMap(({ instance, tasks }) => tasks.map(({ group, resources }) => ({ instance, group, resources })));
}
