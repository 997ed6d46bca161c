import { randomInt } from 'node:crypto';
import { type DomainEvent, type EpochMs, type ReadonlyClusterState, seededRandom } from '@stowage/domain';
import type { RunningApp, Runtime } from '@stowage/runtime';
import { serviceTargetEvents } from '../core/service-targets';

const ACTOR = 'service:load-balancer-registrar';
const SEED_LIMIT = 2 ** 48 - 1;
/** Tasks that get RUNNING at about the same time are one transaction. */
const GATHER_MS = 10;

/**
 * Registers the tasks of services in their target groups, and takes them out. Level-triggered, from the whole state; any
 * number of registrars may: one commit wins, the other finds nothing left to do.
 */
export function startServiceTargets(runtime: Runtime, { checkMs }: { readonly checkMs: number }): RunningApp {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  let gathering = false;
  const schedule = (afterMs: number): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      looking = reconcile(runtime).then(() => schedule(checkMs));
    }, afterMs);
  };
  const stopListening = runtime.fold.onTransaction(({ events }) => {
    if (gathering || !events.some(({ event }) => concernsTargets(event))) return;
    gathering = true;
    // After the look under way, which may have missed it.
    void looking.then(() => {
      gathering = false;
      schedule(GATHER_MS);
    });
  });
  schedule(0);
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      stopListening();
      await looking;
    },
  };
}

async function reconcile(runtime: Runtime): Promise<void> {
  const decide = (state: ReadonlyClusterState, now: EpochMs): readonly DomainEvent[] =>
    serviceTargetEvents(state, { now, random: seededRandom(randomInt(SEED_LIMIT)) });
  if (decide(runtime.fold.state, runtime.now()).length === 0) return;
  try {
    await runtime.commands.execute({
      decide: (state, now) => ({ events: decide(state, now), result: undefined }),
      atLeast: 0,
      actor: ACTOR,
      cause: 'targets of services',
    });
  } catch (error) {
    runtime.logger.warn({ err: error }, 'Targets of services could not be registered yet.');
  }
}

function concernsTargets(event: DomainEvent): boolean {
  return 'targetGroup' in event || 'task' in event || 'service' in event || event.type === 'TasksGivenUp';
}
