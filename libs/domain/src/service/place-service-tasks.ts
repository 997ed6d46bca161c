import type { ClusterName, InstanceId, TaskId } from '../ids';
import type { CuringEvent } from '../placement/cures';
import type { Random } from '../seeded-random';
import { type PlacementRefusal, startedTasks } from './records/messages';
import { messagesOf } from './random-ids';
import type { ServiceStepTaken } from './records/service-events';

/** What a service controller calls it when it asks a scheduler. */
export const PLACE_SERVICE_TASKS = 'PlaceServiceTasks';

/** What a service controller asks of a scheduler: tasks for the PRIMARY deployment, if the service is still as it was. */
export interface PlaceServiceTasks {
  readonly cluster: ClusterName;
  readonly service: string;
  readonly deployment: string;
  readonly where: PlaceWhere;
  /** How many of them stand in for unhealthy ones. */
  readonly replaced: number;
  /** Sequence of the newest event on the service's subject that the controller knew: still the newest, or nothing is done. */
  readonly expected: number;
  /** The position of the fold that the controller decided on; a scheduler decides on no older one. */
  readonly decidedAt: number;
}

/** REPLICA: so many, where they fit. DAEMON: one on each of these. */
export type PlaceWhere =
  | { readonly kind: 'anywhere'; readonly count: number }
  | { readonly kind: 'each'; readonly instances: readonly InstanceId[] };

/** A cluster has thousands of instances; an answer tells of so many. */
export const SERVICE_REFUSALS_MAX = 200;

export type PlaceServiceTasksAnswer =
  /** Some or all were placed, at `sequence`; or none, and nothing was written. `refusals` when not all were. */
  | {
      readonly outcome: 'decided';
      readonly tasks: readonly { readonly task: TaskId; readonly instance: InstanceId }[];
      /** At most `SERVICE_REFUSALS_MAX`; `refused` counts all of them by reason. */
      readonly refusals: readonly PlacementRefusal<InstanceId>[];
      readonly refused: Readonly<Record<string, number>>;
      /** What may happen so that the rest finds a place, beside an instance that comes. */
      readonly curedBy: readonly CuringEvent[];
      readonly sequence: number;
    }
  /** The service has moved on: look again. */
  | { readonly outcome: 'stale' };

/** The step that a scheduler commits together with the placements of `tasks`. */
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
