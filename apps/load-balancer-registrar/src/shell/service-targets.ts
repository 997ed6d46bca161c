import { randomInt } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type DomainEvent, type EpochMs, type ReadonlyClusterState, seededRandom } from '@stowage/domain';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { RegistrarConfig } from '../config';
import { serviceTargetEvents } from '../core/service-targets';

const ACTOR = 'service:load-balancer-registrar';
const SEED_LIMIT = 2 ** 48 - 1;
/** Tasks that start RUNNING within this time are registered in one transaction. */
const GATHER_MS = 10;

/**
 * Registers the tasks of services in their target groups, and deregisters them. Level-triggered: each pass reads the
 * whole state. Any number of registrars may do so; one commit wins, and the others find nothing left to do.
 */
@Injectable()
export class ServiceTargets implements OnApplicationBootstrap, OnModuleDestroy {
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private running = Promise.resolve();
  private gathering = false;
  private stopListening: () => void = () => undefined;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(RegistrarConfig) private readonly config: Pick<RegistrarConfig, 'serviceTargetsCheckMs'>,
  ) {}

  onApplicationBootstrap(): void {
    this.stopListening = this.runtime.fold.onTransaction(({ events }) => {
      if (this.gathering || !events.some(({ event }) => concernsTargets(event))) return;
      this.gathering = true;
      // A pass that is running may have missed the event, so the next one starts after it.
      void this.running.then(() => {
        this.gathering = false;
        this.schedule(GATHER_MS);
      });
    });
    this.schedule(0);
  }

  async onModuleDestroy(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.stopListening();
    await this.running;
  }

  private schedule(afterMs: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = reconcile(this.runtime).then(() => this.schedule(this.config.serviceTargetsCheckMs));
    }, afterMs);
  }
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
    runtime.logger.warn({ err: error }, 'Failed to register the targets of services; will retry.');
  }
}

function concernsTargets(event: DomainEvent): boolean {
  return 'targetGroup' in event || 'task' in event || 'service' in event || event.type === 'TasksGivenUp';
}
