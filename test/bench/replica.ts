/**
 * A scheduler in its own process, which creates its own load, so that the transport of requests is not measured. The
 * parent sends orders over the process channel (`ReplicaOrder`) and receives reports (`ReplicaReport`).
 */
import type { ClusterName, Ecs } from '@stowage/domain';
import { type OperationRequest, readConfig, type Runtime, RuntimeConfig, startRuntime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { SchedulerConfig } from '../../apps/scheduler/src/config';
import { type PlacementCounters, PlacementQueues } from '../../apps/scheduler/src/shell/placement-queues';
import { PlacementPeers } from '../../apps/scheduler/src/shell/placement-peers';
import { TaskStarter } from '../../apps/scheduler/src/shell/task-starter';

/**
 * Orders: fold the journal up to a position, then place tasks, each in its own request, with a fixed number of waiting
 * requests.
 */
export type ReplicaOrder =
  | { readonly do: 'fold'; readonly upTo: number }
  | {
      readonly do: 'place';
      readonly cluster: ClusterName;
      readonly tasks: number;
      readonly waiting: number;
      readonly strategy: NonNullable<Ecs.RunTaskRequest['placementStrategy']>;
    };

/** Counters of its queues since the start, or the error of an order. */
export type ReplicaReport = PlacementCounters | { readonly failed: string };

const PATIENCE_MS = 120_000;

async function main(): Promise<void> {
  const runtime = await startRuntime(readConfig(RuntimeConfig), 'replica', { onFatal: () => process.exit(1) });
  const self = { scheduler: uuidv7(), build: 'bench' };
  const config = Object.assign(new SchedulerConfig(), { placementTimeoutMs: PATIENCE_MS });
  const queues = new PlacementQueues(runtime, config, new PlacementPeers(runtime, self));
  const starter = new TaskStarter(runtime, queues);
  const report = (said: ReplicaReport): void => void process.send?.(said);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    carryOut(message as ReplicaOrder, runtime, starter).then(
      () => report(queues.counters),
      (error: unknown) => report({ failed: error instanceof Error ? error.message : String(error) }),
    );
  });
  report(queues.counters);
}

async function carryOut(order: ReplicaOrder, runtime: Runtime, starter: TaskStarter): Promise<void> {
  if (order.do === 'fold') {
    await runtime.fold.reached(order.upTo, PATIENCE_MS);
    return;
  }
  const { cluster, tasks, waiting, strategy: placementStrategy } = order;
  const request: OperationRequest<Ecs.RunTaskRequest> = {
    operation: 'RunTask',
    input: { cluster, taskDefinition: 'app', placementStrategy },
    caller: { principal: 'arn:aws:iam::123456789012:root', requestId: 'bench' },
    atLeast: 0,
    receivedAt: 0,
  };
  let left = tasks;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const { output } = await starter.runTask(request);
      if (output.tasks?.length !== 1) throw new Error('A task was not placed.');
    }
  };
  await Promise.all(Array.from({ length: waiting }, work));
}

main().catch((error: unknown) => {
  process.stderr.write(`A replica did not start: ${String(error)}\n`);
  process.exit(1);
});
