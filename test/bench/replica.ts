/**
 * A scheduler as a process of its own, which makes its load itself: so that the way of a request to it is not measured.
 * Its parent tells it over the channel between them what to do (`ReplicaOrder`), and hears when it is done (`ReplicaReport`).
 */
import type { ClusterName, Ecs } from '@stowage/domain';
import { type OperationRequest, readConfig, type Runtime, RuntimeConfig, startRuntime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { SchedulerConfig } from '../../apps/scheduler/src/config';
import { type PlacementCounters, PlacementQueues } from '../../apps/scheduler/src/shell/placement-queues';
import { PlacementPeers } from '../../apps/scheduler/src/shell/placement-peers';
import { TaskStarter } from '../../apps/scheduler/src/shell/task-starter';

/** First to fold the journal up to a position, then to place tasks: each a request of its own, so many waiting at any time. */
export type ReplicaOrder =
  | { readonly do: 'fold'; readonly upTo: number }
  | {
      readonly do: 'place';
      readonly cluster: ClusterName;
      readonly tasks: number;
      readonly waiting: number;
      readonly strategy: NonNullable<Ecs.RunTaskRequest['placementStrategy']>;
    };

/** What its queues have counted since it was started; or why it could not do what it was told. */
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
      if (output.tasks?.length !== 1) throw new Error('A task found no place.');
    }
  };
  await Promise.all(Array.from({ length: waiting }, work));
}

main().catch((error: unknown) => {
  process.stderr.write(`A replica did not start: ${String(error)}\n`);
  process.exit(1);
});
