import { Injectable, Inject } from '@nestjs/common';
import {
  failureView,
  parseCluster,
  parseContainerInstance,
  parseDefinitionToRun,
  TASK_FIELDS_OF_WRITES,
  taskView,
} from '@stowage/aws-api';
import {
  type ClusterName,
  containerInstanceArn,
  type Ecs,
  type PlacementAsked,
  placedTask,
  Refusal,
} from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import { clientTokenHash, type OperationRequest, parametersHash, RUNTIME, type Runtime } from '@stowage/runtime';
import type { TokenHashes } from '../core/placement-decision';
import { refusalDetail } from '../core/refusal-detail';
import { decideRunTask, parseRunTask, type RunTask, type RunTaskCommand } from '../core/run-task';
import { decideStartTask, parseStartTask } from '../core/start-task';
import { drawRandomness } from './draw-randomness';
import { type EarlierPlacement, earlierPlacements } from './earlier-placements';
import { placeExpecting } from './place-expecting';
import { type PlacementJob, PlacementQueues, type PlacementOutcome } from './placement-queues';

/** Number of failures in one answer. A large cluster has more instances than one message can hold. */
const FAILURES_MAX = 1_000;

/** The output in the API's shape, and its position. */
export interface Started {
  readonly output: Ecs.RunTaskResponse;
  readonly sequence: number;
}

/** RunTask and StartTask: parses the request, decides, commits and answers. */
@Injectable()
export class TaskStarter {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly queues: PlacementQueues,
  ) {}

  async runTask(request: OperationRequest<Ecs.RunTaskRequest>): Promise<Started> {
    const { input } = request;
    const cluster = parseCluster(this.runtime.scope, input.cluster);
    const hashes = tokenHashes(cluster, input);
    if (hashes && request.earlier) return this.repeated(cluster, hashes, request.earlier.sequence);
    const taskDefinition = parseDefinitionToRun(this.runtime.scope, input.taskDefinition);
    const command: RunTaskCommand = {
      ...parseRunTask(input, taskDefinition),
      cluster,
      ...(hashes && { clientToken: hashes }),
    };
    const { seed, chance } = drawRandomness(command.count);
    const outcome = await this.submit(request, {
      ...origin(request, cluster),
      ...(hashes && { deduplicationKey: hashes.tokenHash }),
      seed,
      asked: askedOf(command),
      decide: (state, share) => decideRunTask(command, { state, share, ...chance() }),
    });
    if (outcome.kind === 'placed') return this.placed(cluster, outcome);
    return this.repeated(cluster, hashes, outcome.sequence);
  }

  async startTask(request: OperationRequest<Ecs.StartTaskRequest>): Promise<Started> {
    const { scope, fold } = this.runtime;
    const { input } = request;
    const cluster = parseCluster(scope, input.cluster);
    const instances = input.containerInstances.map((each) => parseContainerInstance(scope, cluster, each));
    const taskDefinition = parseDefinitionToRun(scope, input.taskDefinition);
    const command = parseStartTask(input, { cluster, taskDefinition, instances });
    const { chance } = drawRandomness(instances.length);
    const outcome = await this.submit(request, {
      ...origin(request, cluster),
      decide: (state) => {
        // An instance that has a ledger and is not in the state was deregistered.
        const hasLedger = instances.filter(
          (instance) => fold.lastSequenceOf(subjectOf({ kind: 'instance', cluster, instance })) > 0,
        );
        const deregistered = new Set(hasLedger.filter((instance) => !state.instances.has(instance)));
        return decideStartTask(command, { state, deregistered, ...chance() });
      },
    });
    return outcome.kind === 'placed'
      ? this.placed(cluster, outcome)
      : this.repeated(cluster, undefined, outcome.sequence);
  }

  private submit({ expect }: OperationRequest, job: PlacementJob): Promise<PlacementOutcome> {
    return expect === undefined
      ? this.queues.submit(job)
      : placeExpecting(this.runtime, { job, expect, self: this.queues.self });
  }

  private placed(cluster: ClusterName, outcome: Extract<PlacementOutcome, { kind: 'placed' }>): Started {
    const { scope } = this.runtime;
    const { placements, refusals } = outcome.decision;
    const tasks = placements.map(({ instance, task }) =>
      taskView(placedTask(task, cluster, instance, outcome.at), scope, TASK_FIELDS_OF_WRITES),
    );
    const failures = refusals
      .slice(0, FAILURES_MAX)
      .map(({ instance, ...unfit }) =>
        failureView(containerInstanceArn(scope, cluster, instance), unfit.reason, refusalDetail(unfit)),
      );
    return { output: { tasks, failures }, sequence: outcome.sequence };
  }

  /** The token was used before: returns the same tasks as they are now, or as they were placed if they are stopped. */
  private async repeated(cluster: ClusterName, hashes: TokenHashes | undefined, sequence: number): Promise<Started> {
    const { journal, fold, scope } = this.runtime;
    const earlier = await earlierPlacements(journal, sequence, hashes?.tokenHash);
    if (earlier.some(({ event }) => event.clientToken?.parametersHash !== hashes?.parametersHash)) {
      throw tokenConflict(earlier);
    }
    const tasks = earlier.flatMap(({ event, at }) =>
      event.tasks.map((task) => fold.state.tasks.get(task.id) ?? placedTask(task, cluster, event.instance, at)),
    );
    const output = { tasks: tasks.map((task) => taskView(task, scope, TASK_FIELDS_OF_WRITES)), failures: [] };
    return { output, sequence: Math.max(sequence, fold.position) };
  }
}

function tokenConflict(earlier: readonly EarlierPlacement[]): Refusal {
  const tasks = earlier.flatMap(({ event }) => event.tasks.map(({ id }) => id));
  return new Refusal('ConflictException', 'The client token was used before with other parameters.', tasks);
}

function tokenHashes(cluster: ClusterName, input: Ecs.RunTaskRequest): TokenHashes | undefined {
  const { clientToken } = input;
  if (clientToken === undefined) return undefined;
  const parameters = { ...input, cluster };
  return { tokenHash: clientTokenHash(cluster, clientToken), parametersHash: parametersHash(parameters) };
}

function askedOf({ count, constraints, strategies }: RunTask): PlacementAsked {
  return {
    count,
    ...(constraints.length > 0 && { placementConstraints: constraints }),
    ...(strategies.length > 0 && { placementStrategy: strategies }),
  };
}

function origin(
  { atLeast, caller }: OperationRequest,
  cluster: ClusterName,
): { readonly cluster: ClusterName; readonly atLeast: number; readonly actor: string; readonly cause: string } {
  return { cluster, atLeast, actor: caller.principal, cause: caller.requestId };
}
