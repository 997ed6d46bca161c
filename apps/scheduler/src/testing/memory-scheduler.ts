import type { DomainEvent, Ecs } from '@stowage/domain';
import { transactionId } from '@stowage/domain';
import { Follower, type Journal, JournalCommandHandler, type MemoryJournal } from '@stowage/journal';
import type { OperationRequest, Runtime } from '@stowage/runtime';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { SchedulerConfig } from '../config';
import { PlacementExplainer } from '../shell/placement-explainer';
import { PlacementQueues } from '../shell/placement-queues';
import { PlacementPeers } from '../shell/placement-peers';
import { ServiceTaskStarter } from '../shell/service-task-starter';
import { TaskStarter } from '../shell/task-starter';
import { CLUSTER } from './history';

const SCOPE = { region: 'us-east-1', account: '123456789012' };

/** A folder that does not exist. */
const NO_SNAPSHOTS = '/nonexistent';

/** A scheduler on a journal in memory, without a network. */
export interface MemoryScheduler {
  readonly runtime: Runtime;
  readonly starter: TaskStarter;
  readonly serviceStarter: ServiceTaskStarter;
  readonly explainer: PlacementExplainer;
  readonly follower: Follower;
  readonly queues: PlacementQueues;
}

export function memoryScheduler(journal: Journal, settings: Partial<SchedulerConfig> = {}): MemoryScheduler {
  const follower = new Follower(journal);
  follower.start();
  const runtime: Runtime = {
    scope: SCOPE,
    logger: pino({ level: 'silent' }),
    get nats(): never {
      throw new Error('There is no network in this test.');
    },
    journal,
    fold: follower,
    commands: new JournalCommandHandler(journal, follower),
    now: () => performance.now(),
    close: () => Promise.resolve(),
  };
  const config = Object.assign(new SchedulerConfig(), { dataDir: NO_SNAPSHOTS, placementPauseMs: 0 }, settings);
  const peers = new PlacementPeers(runtime, { scheduler: uuidv7(), build: 'test' });
  const queues = new PlacementQueues(runtime, config, peers);
  const [starter, serviceStarter] = [new TaskStarter(runtime, queues), new ServiceTaskStarter(runtime, queues)];
  const explainer = new PlacementExplainer(runtime, config, peers.self);
  return { runtime, starter, serviceStarter, explainer, follower, queues };
}

/** Writes `events` unchanged. */
export async function write(journal: MemoryJournal, events: readonly DomainEvent[]): Promise<void> {
  const origin = { expectations: [], at: 0, actor: 'service:test', cause: 'ground' };
  await journal.commit({ id: transactionId(uuidv7()), events, ...origin });
}

export function runTaskRequest(input: Ecs.RunTaskRequest): OperationRequest<Ecs.RunTaskRequest> {
  const caller = { principal: 'arn:aws:iam::123456789012:root', requestId: 'request' };
  return { operation: 'RunTask', input: { cluster: CLUSTER, ...input }, caller, atLeast: 0, receivedAt: 0 };
}
