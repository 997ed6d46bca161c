import { randomInt } from 'node:crypto';
import { Injectable, type OnModuleDestroy, type OnModuleInit, Inject } from '@nestjs/common';
import { backoffMs, WorkQueue } from '@stowage/concurrency';
import {
  type ClusterName,
  curingEvent,
  type DomainEvent,
  type PlaceServiceTasksAnswer,
  seededRandom,
  type ServiceKey,
  serviceKey,
  type TaskId,
  transactionId,
} from '@stowage/domain';
import { type CommittedTransaction, JournalConflict, subjectOf, subjectOfEvent } from '@stowage/journal';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { ServiceControllerConfig, termsOf } from '../config';
import { type CommittedStep, type Outcome, reconcile } from '../core/reconcile';
import { type PlacementAttempt, type Situation, situationOf } from '../core/situation';
import { eventsOfStep } from '../core/step-events';
import type { ReconcileTerms } from '../core/terms';
import { servicesTouchedBy, tasksAddedBy, tasksEndedBy } from '../core/touched-services';
import { ACTOR } from './actor';
import { SchedulerClient } from './scheduler-client';
import { CapacityChanges } from './capacity-changes';

const SEED_LIMIT = 2 ** 48 - 1;

type StartOutcome = Extract<Outcome, { kind: 'start' }>;
/** `again`: reconcile at once. `requeueAfter`: reconcile after a delay, because another writer was faster. */
type StepResult = 'again' | 'requeueAfter' | 'nothing';

/**
 * Brings services to their desired state. The reconciler is level-triggered: an event only marks a service. A reconcile
 * pass reads the whole state, decides the next step, and commits it on the condition that its input is unchanged. Any
 * number of controllers can therefore run concurrently, and a later pass continues where a crashed one stopped.
 */
@Injectable()
export class Reconciler implements OnModuleInit, OnModuleDestroy {
  private readonly queue: WorkQueue<ServiceKey>;
  private readonly scheduler: SchedulerClient;
  private readonly capacity: CapacityChanges;
  private readonly terms: ReconcileTerms;
  /** Services of the tasks that have not stopped, because the event of a task's stop does not name its service. */
  private readonly services = new Map<TaskId, ServiceKey>();
  private readonly lastAttempts = new Map<ServiceKey, PlacementAttempt>();
  private readonly failures = new Map<ServiceKey, number>();
  private unsubscribe: () => void = () => undefined;
  private resyncTimer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly config: ServiceControllerConfig,
  ) {
    this.queue = new WorkQueue((key) => this.reconcile(key), {
      inFlightMax: config.reconcilesInFlightMax,
      sliceMs: config.reconcileSliceMs,
    });
    this.scheduler = new SchedulerClient(runtime, config.schedulerTimeoutMs);
    this.capacity = new CapacityChanges(config.placementRoomMs, (cluster) => this.wakeWaiting(cluster));
    this.terms = termsOf(config);
  }

  /** No transaction is missed: the state is read and the subscription made without an await in between. */
  onModuleInit(): void {
    for (const { id, cluster, service } of this.runtime.fold.state.tasks.values()) {
      if (service) this.services.set(id, serviceKey(cluster, service.name));
    }
    this.unsubscribe = this.runtime.fold.onTransaction((transaction) => this.onTransaction(transaction));
    this.enqueueAll();
    this.resyncTimer = setInterval(() => this.enqueueAll(), this.config.reconcileAllMs);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.resyncTimer);
    this.unsubscribe();
    this.capacity.close();
    await this.queue.close();
  }

  private enqueueAll(): void {
    for (const key of this.runtime.fold.state.services.keys()) this.queue.add(key);
  }

  private onTransaction({ events, sequence }: CommittedTransaction): void {
    const { state } = this.runtime.fold;
    for (const { event } of events) {
      for (const [task, service] of tasksAddedBy(event)) this.services.set(task, service);
      for (const key of servicesTouchedBy(event, state, (task) => this.services.get(task))) this.queue.add(key);
      for (const task of tasksEndedBy(event)) this.services.delete(task);
      const cure = curingEvent(event);
      if (cure && 'cluster' in event) this.capacity.add(event.cluster, cure, sequence);
    }
  }

  private wakeWaiting(cluster: ClusterName): void {
    for (const [key, { curedBy, position }] of this.lastAttempts) {
      if (this.runtime.fold.state.services.get(key)?.cluster !== cluster) continue;
      if (this.capacity.positionOf(cluster, curedBy) > position) this.queue.add(key);
    }
  }

  private async reconcile(key: ServiceKey): Promise<void> {
    try {
      const result = await this.takeStep(key);
      this.failures.delete(key);
      if (result === 'again') this.queue.add(key);
      if (result === 'requeueAfter') this.queue.addAfter(key, randomInt(this.config.reconcileConflictMs + 1));
    } catch (error) {
      // The outcome of the failed step does not matter, because the next pass reads the state again.
      const failures = (this.failures.get(key) ?? 0) + 1;
      this.failures.set(key, failures);
      const { reconcileRetryMs: minMs, reconcileRetryMaxMs: maxMs } = this.config;
      const delayMs = backoffMs(failures, { minMs, maxMs });
      this.runtime.logger.warn(
        { err: error, service: key, delayMs },
        'Failed to take a step of a service; will retry.',
      );
      this.queue.addAfter(key, delayMs);
    }
  }

  private async takeStep(key: ServiceKey): Promise<StepResult> {
    const situation = this.situation(key);
    if (!situation) {
      this.lastAttempts.delete(key);
      return 'nothing';
    }
    const outcome = reconcile(situation);
    if (outcome.kind !== 'rest') this.runtime.logger.debug({ service: key, ...outcome }, 'Reconciled a service.');
    switch (outcome.kind) {
      case 'rest':
        return 'nothing';
      case 'wait':
        this.queue.addAfter(key, outcome.until - situation.now);
        return 'nothing';
      case 'start':
        return this.start(key, situation, outcome);
      case 'commit':
        return this.commit(situation, outcome.step);
    }
  }

  private situation(key: ServiceKey): Situation | undefined {
    const { fold, now } = this.runtime;
    const cluster = fold.state.services.get(key)?.cluster;
    if (cluster === undefined) return undefined;
    const lastAttempt = this.lastAttempts.get(key);
    return situationOf(fold.state, key, {
      now: now(),
      position: fold.position,
      terms: this.terms,
      capacityPosition: this.capacity.positionOf(cluster, lastAttempt?.curedBy ?? []),
      ...(lastAttempt && { lastAttempt }),
    });
  }

  private async start(key: ServiceKey, situation: Situation, outcome: StartOutcome): Promise<StepResult> {
    const { deployment, where, replaced } = outcome;
    const { cluster, name: service } = situation.service;
    const answer = await this.scheduler.place({
      cluster,
      service,
      deployment,
      where,
      replaced,
      expected: this.runtime.fold.lastSequenceOf(subjectOf({ kind: 'service', cluster, service })),
      decidedAt: situation.position,
    });
    if (answer.outcome === 'stale') return this.catchUpAndRequeue();
    this.remember(key, situation, answer);
    await this.runtime.fold.reached(answer.sequence, this.config.foldTimeoutMs);
    return 'again';
  }

  private remember(
    key: ServiceKey,
    { primary, position, now }: Situation,
    { refusals, refused, curedBy, tasks }: Extract<PlaceServiceTasksAnswer, { outcome: 'decided' }>,
  ): void {
    const isRefused = refusals.length > 0 || tasks.length === 0;
    if (isRefused)
      this.lastAttempts.set(key, { deployment: primary.id, at: now, position, refusals, refused, curedBy });
    else this.lastAttempts.delete(key);
  }

  private async commit(situation: Situation, step: CommittedStep): Promise<StepResult> {
    const { journal, fold } = this.runtime;
    const events = eventsOfStep(situation, step, seededRandom(randomInt(SEED_LIMIT)));
    try {
      const { sequence } = await journal.commit({
        id: transactionId(uuidv7()),
        events,
        // There is no await since the situation was read, so that both have the same position.
        expectations: this.expectations(events),
        at: situation.now,
        actor: ACTOR,
        cause: step.do,
      });
      await fold.reached(sequence, this.config.foldTimeoutMs);
      return 'again';
    } catch (error) {
      if (error instanceof JournalConflict) return this.catchUpAndRequeue();
      throw error;
    }
  }

  private expectations(events: readonly DomainEvent[]) {
    const subjects = new Set(events.map(subjectOfEvent));
    return [...subjects].map((subject) => ({ subject, sequence: this.runtime.fold.lastSequenceOf(subject) }));
  }

  private async catchUpAndRequeue(): Promise<StepResult> {
    await this.runtime.fold.catchUp(this.config.foldTimeoutMs);
    return 'requeueAfter';
  }
}
