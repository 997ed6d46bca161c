import type { ClusterName, InstanceId, TaskId } from '../ids';
import type { CuringEvent } from '../placement/cures';
import type { Random } from '../seeded-random';
import { type PlacementRefusal, startedTasks } from './records/messages';
import { messagesOf } from './random-ids';
import type { ServiceStepTaken } from './records/service-events';

/** Name of the request from service controllers to schedulers. */
export const PLACE_SERVICE_TASKS = 'PlaceServiceTasks';

/**
 * Request of a service controller to a scheduler: tasks for the PRIMARY deployment, provided that the service has not
 * changed since.
 */
export interface PlaceServiceTasks {
  readonly cluster: ClusterName;
  readonly service: string;
  readonly deployment: string;
  readonly where: PlaceWhere;
  /** Number of tasks that replace unhealthy ones. */
  readonly replaced: number;
  /**
   * Sequence of the newest event on the service's subject in the controller's state. The scheduler does nothing if
   * there is a newer event.
   */
  readonly expected: number;
  /**
   * Position of the state on which the controller decided. A scheduler waits until its own state is at least as new.
   */
  readonly decidedAt: number;
}

/** REPLICA: this number of tasks on any instance. DAEMON: one task on each of these instances. */
export type PlaceWhere =
  | { readonly kind: 'anywhere'; readonly count: number }
  | { readonly kind: 'each'; readonly instances: readonly InstanceId[] };

/** Largest number of instances in the refusals of one response. A cluster has thousands of instances. */
export const SERVICE_REFUSALS_MAX = 200;

export type PlaceServiceTasksAnswer =
  /**
   * Outcome: some or all tasks were placed at `sequence`, or none was placed and no event was written. `refusals` is
   * present if not all were placed.
   */
  | {
      readonly outcome: 'decided';
      readonly tasks: readonly { readonly task: TaskId; readonly instance: InstanceId }[];
      /** At most `SERVICE_REFUSALS_MAX` entries. `refused` counts all of them by reason. */
      readonly refusals: readonly PlacementRefusal<InstanceId>[];
      readonly refused: Readonly<Record<string, number>>;
      /** Events after which the remaining tasks may fit, in addition to a new instance. */
      readonly curedBy: readonly CuringEvent[];
      readonly sequence: number;
    }
  /** The service has changed: reconcile it again. */
  | { readonly outcome: 'stale' };

/** Returns the step that a scheduler commits together with the placements of `tasks`. */
export function startStep(
  request: Pick<PlaceServiceTasks, 'cluster' | 'service' | 'deployment' | 'replaced' | 'decidedAt'>,
  tasks: readonly TaskId[],
  random: Random,
): ServiceStepTaken {
  const { cluster, service, deployment, decidedAt } = request;
  const replaced = Math.min(request.replaced, tasks.length);
  return {
    type: 'ServiceStepTaken',
    version: 1,
    cluster,
    service,
    deployment,
    started: tasks,
    stopped: [],
    decidedAt,
    messages: messagesOf(startedTasks(service, tasks, replaced), random),
  };
}
