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

/** A decision as the journal recorded it. */
export interface PastDecision {
  readonly task: TaskId;
  readonly basis: PlacementBasis;
  /** The placements of the request. */
  readonly events: readonly TasksPlaced[];
  /**
   * Placements that the decision counted although they were not in the state of its position: those of the previous
   * batch, and earlier ones of its own batch.
   */
  readonly counted: readonly TasksPlaced[];
}

interface Chosen extends Load {
  readonly instance: InstanceId;
}

/** A decision that was made again. */
export interface DecidedAgain {
  readonly request: PlacementRequest;
  /**
   * The index as the decision about the task itself found it, with the counted placements and the earlier tasks of its
   * request.
   */
  readonly index: ClusterIndex;
  /** In the order in which they were chosen. */
  readonly chosen: readonly InstanceId[];
  readonly isSame: boolean;
}

/** Makes the decision again on `state`, the state of the journal at the position of the decision. */
export function decideAgain(past: PastDecision, state: ReadonlyClusterState): DecidedAgain {
  const { basis, events, counted, task } = past;
  const own = events.find(({ tasks }) => tasks.some(({ id }) => id === task));
  invariant(own, 'The decision about a task contains its placement.');
  const request = requestOf(own, basis, state);
  const index = PlacementIndex.of(state).cluster(own.cluster);
  const held = index.reservation();
  for (const { instance, tasks } of counted) for (const each of tasks) held.add(instance, each);
  const { seed, share } = basis;
  // The caller named the instances, so nothing was chosen.
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

/** Rebuilds the request from the events and the state at that time. */
function requestOf(event: TasksPlaced, { seed, asked }: PlacementBasis, state: ReadonlyClusterState): PlacementRequest {
  const [task] = event.tasks;
  const cluster = state.clusters.get(event.cluster);
  const definition = task && state.taskDefinition(task.taskDefinition);
  invariant(task && cluster && definition, 'A placed definition existed when it was decided.');
  const { group, overrides, launchType } = task;
  invariant(launchType !== 'FARGATE', 'Every task runs on an instance.');
  const service = task.service && state.services.get(serviceKey(event.cluster, task.service.name));
  const own: PlacementRules = {
    constraints: asked?.placementConstraints ?? [],
    strategy: strategyLevels(asked?.placementStrategy ?? []),
  };
  // StartTask draws no seed. Neither does a DAEMON service, whose rules apply nevertheless.
  const rules = service ? serviceRules(service) : seed === undefined ? undefined : own;
  const sized = sizeTask(definition.definition, overrides);
  const template = { cluster, definition, sized, overrides, launchType, group, tags: [] };
  return placementRequest(template, asked?.count ?? 1, rules);
}

/** Returns the index of the `nth` choice of this instance. */
function indexOfNth(chosen: readonly Chosen[], instance: InstanceId, nth: number): number {
  let seen = 0;
  for (const [at, each] of chosen.entries()) {
    if (each.instance !== instance) continue;
    if (seen === nth) return at;
    seen += 1;
  }
  return chosen.length;
}

/** Compares how often each instance was chosen, and its GPUs. Chance alone decides which task goes to which of these instances. */
function isSame(chosen: readonly Chosen[], placed: readonly Chosen[]): boolean {
  const summary = (all: readonly Chosen[]): string =>
    all
      .map(({ instance, resources }) => [instance, ...resources.gpus].join())
      .sort()
      .join('\n');
  return summary(chosen) === summary(placed);
}

function placedBy(events: readonly TasksPlaced[]): readonly Chosen[] {
  return events.flatMap(({ instance, tasks }) => tasks.map(({ group, resources }) => ({ instance, group, resources })));
}
