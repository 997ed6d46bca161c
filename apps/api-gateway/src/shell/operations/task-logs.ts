import { ApiError, parseCluster, parseTask, seconds, StowageInputs, unavailable } from '@stowage/aws-api';
import { activeCluster, type ClusterName, type InstanceId, invalidParameter, type TaskId } from '@stowage/domain';
import { requestLogs, type Runtime } from '@stowage/runtime';
import { type OperationContext, type OwnAnswer, type OwnOperation, operationFor } from './own-operation';
import type { Reads } from './reads';

export interface TaskLogsOptions {
  readonly requestsInFlightMax: number;
  readonly timeoutMs: number;
  readonly foldTimeoutMs: number;
}

/** GetTaskLogs: returns a part of a container's log from the agent of its instance. */
export class TaskLogs {
  private inFlight = 0;

  constructor(
    private readonly runtime: Runtime,
    private readonly reads: Reads,
    private readonly options: TaskLogsOptions,
  ) {}

  operations(): Readonly<Record<string, OwnOperation>> {
    return {
      GetTaskLogs: operationFor(StowageInputs.GetTaskLogsRequest, (input, context) => this.bounded(input, context)),
    };
  }

  private async bounded(input: StowageInputs.GetTaskLogsRequest, context: OperationContext): Promise<OwnAnswer> {
    if (this.inFlight >= this.options.requestsInFlightMax) {
      throw new ApiError('ThrottlingException', 'Rate exceeded', { retryAfterSeconds: 1 });
    }
    this.inFlight += 1;
    try {
      return await this.read(input, context);
    } finally {
      this.inFlight -= 1;
    }
  }

  private async read(input: StowageInputs.GetTaskLogsRequest, context: OperationContext): Promise<OwnAnswer> {
    const { scope, nats } = this.runtime;
    const cluster = parseCluster(scope, input.cluster);
    const task = parseTask(scope, cluster, input.task);
    const instance = await this.instanceOf(cluster, task, context);
    const { container, cursor, tail, waitMs } = input;
    const request = {
      task,
      ...(container !== undefined && { container }),
      ...(cursor !== undefined && { cursor }),
      ...(tail !== undefined && { tail }),
      ...(waitMs !== undefined && { waitMs }),
    };
    const answer = await requestLogs(nats, instance, request, this.options.timeoutMs + (waitMs ?? 0)).catch(() => {
      throw unavailable('The agent that has the logs of this task cannot be reached.');
    });
    if (!answer.found) throw invalidParameter(answer.reason);
    const lines = answer.lines.map(({ at, stream, text }) => ({ at: seconds(at), stream, text }));
    return { output: { lines, cursor: answer.cursor, ended: answer.ended }, sequence: context.floor };
  }

  /** Tasks that are not STOPPED are in the fold, which works while Postgres is unavailable. */
  private async instanceOf(cluster: ClusterName, task: TaskId, context: OperationContext): Promise<InstanceId> {
    const { fold } = this.runtime;
    await fold.reached(context.floor, this.options.foldTimeoutMs);
    activeCluster(fold.state, cluster);
    const running = fold.state.tasks.get(task);
    if (running?.cluster === cluster) return running.instance;
    await this.reads.reached(context);
    const stopped = (await this.reads.model.tasks.byIds(cluster, [task])).get(task);
    if (!stopped) throw invalidParameter('The referenced task was not found.');
    return stopped.instance;
  }
}
