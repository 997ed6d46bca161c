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
import { type PlacementTry, type Situation, situationOf } from '../core/situation';
import { eventsOfStep } from '../core/step-events';
import type { ReconcileTerms } from '../core/terms';
import { servicesTouchedBy, tasksBroughtBy, tasksEndedBy } from '../core/touched-services';
import { ACTOR } from './actor';
import { AskScheduler } from './ask-scheduler';
import { PlacementRoom } from './placement-room';

const SEED_LIMIT = 2 ** 48 - 1;

type StartOutcome = Extract<Outcome, { kind: 'start' }>;
/** `again`: look at once. `others-first`: another writer was faster, let it go on. */
type Taken = 'again' | 'requeueAfter' | 'nothing';

/**
 * Keeps services as they are wanted. Level-triggered: an event only marks a service; a look takes the whole state, decides
 * the next step and commits it, expecting what it was decided on unchanged. So it does not matter who took the step before,
 * how many controllers there are, or which of them died: whoever looks next finds the truth.
 */
@Injectable()
export class Reconciler implements OnModuleInit, OnModuleDestroy {
  private readonly queue: WorkQueue<ServiceKey>;
  private readonly scheduler: AskScheduler;
  private readonly room: PlacementRoom;
  private readonly terms: ReconcileTerms;
  /** Of tasks that are not over; a task's end does not say whose it was. */
  private readonly services = new Map<TaskId, ServiceKey>();
  private readonly tried = new Map<ServiceKey, PlacementTry>();
  private readonly failures = new Map<ServiceKey, number>();
  private stopListening: () => void = () => undefined;
  private repairs: NodeJS.Timeout | undefined;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly config: ServiceControllerConfig,
  ) {
    this.queue = new WorkQueue((key) => this.reconcile(key), {
      inFlightMax: config.reconcilesInFlightMax,
      sliceMs: config.reconcileSliceMs,
    });
    this.scheduler = new AskScheduler(runtime, config.schedulerTimeoutMs);
    this.room = new PlacementRoom(config.placementRoomMs, (cluster) => this.wakeWaiting(cluster));
    this.terms = termsOf(config);
  }

  /** Nothing comes between the state that is taken up here and the events that are heard from now on. */
  onModuleInit(): void {
    for (const { id, cluster, service } of this.runtime.fold.state.tasks.values()) {
      if (service) this.services.set(id, serviceKey(cluster, service.name));
    }
    this.stopListening = this.runtime.fold.onTransaction((transaction) => this.heard(transaction));
    this.lookAtAll();
    this.repairs = setInterval(() => this.lookAtAll(), this.config.reconcileAllMs);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.repairs);
    this.stopListening();
    this.room.close();
    await this.queue.close();
  }

  private lookAtAll(): void {
    for (const key of this.runtime.fold.state.services.keys()) this.queue.add(key);
  }

  private heard({ events, sequence }: CommittedTransaction): void {
    const { state } = this.runtime.fold;
    for (const { event } of events) {
      for (const [task, service] of tasksBroughtBy(event)) this.services.set(task, service);
      for (const key of servicesTouchedBy(event, state, (task) => this.services.get(task))) this.queue.add(key);
      for (const task of tasksEndedBy(event)) this.services.delete(task);
      const cure = curingEvent(event);
      if (cure && 'cluster' in event) this.room.note(event.cluster, cure, sequence);
    }
  }

  private wakeWaiting(cluster: ClusterName): void {
    for (const [key, { curedBy, position }] of this.tried) {
      if (this.runtime.fold.state.services.get(key)?.cluster !== cluster) continue;
      if (this.room.at(cluster, curedBy) > position) this.queue.add(key);
    }
  }

  private async reconcile(key: ServiceKey): Promise<void> {
    try {
      const taken = await this.takeStep(key);
      this.failures.delete(key);
      if (taken === 'again') this.queue.add(key);
      if (taken === 'requeueAfter') this.queue.addAfter(key, randomInt(this.config.reconcileConflictMs + 1));
    } catch (error) {
      // Whatever was or was not done: the next look finds it.
      const failures = (this.failures.get(key) ?? 0) + 1;
      this.failures.set(key, failures);
      const { reconcileRetryMs: minMs, reconcileRetryMaxMs: maxMs } = this.config;
      const delayMs = backoffMs(failures, { minMs, maxMs });
      this.runtime.logger.warn({ err: error, service: key, delayMs }, 'A step of a service failed.');
      this.queue.addAfter(key, delayMs);
    }
  }

  private async takeStep(key: ServiceKey): Promise<Taken> {
    const situation = this.situation(key);
    if (!situation) {
      this.tried.delete(key);
      return 'nothing';
    }
    const outcome = reconcile(situation);
    if (outcome.kind !== 'rest') this.runtime.logger.debug({ service: key, ...outcome }, 'A look at a service.');
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
    const tried = this.tried.get(key);
    return situationOf(fold.state, key, {
      now: now(),
      position: fold.position,
      terms: this.terms,
      roomAt: this.room.at(cluster, tried?.curedBy ?? []),
      ...(tried && { tried }),
    });
  }

  private async start(key: ServiceKey, situation: Situation, outcome: StartOutcome): Promise<Taken> {
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
    if (answer.outcome === 'stale') return this.othersFirst();
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
    if (isRefused) this.tried.set(key, { deployment: primary.id, at: now, position, refusals, refused, curedBy });
    else this.tried.delete(key);
  }

  private async commit(situation: Situation, step: CommittedStep): Promise<Taken> {
    const { journal, fold } = this.runtime;
    const events = eventsOfStep(situation, step, seededRandom(randomInt(SEED_LIMIT)));
    try {
      const { sequence } = await journal.commit({
        id: transactionId(uuidv7()),
        events,
        // No await since the look: both are of one position.
        expectations: this.expectations(events),
        at: situation.now,
        actor: ACTOR,
        cause: step.do,
      });
      await fold.reached(sequence, this.config.foldTimeoutMs);
      return 'again';
    } catch (error) {
      if (error instanceof JournalConflict) return this.othersFirst();
      throw error;
    }
  }

  private expectations(events: readonly DomainEvent[]) {
    const subjects = new Set(events.map(subjectOfEvent));
    return [...subjects].map((subject) => ({ subject, sequence: this.runtime.fold.lastSequenceOf(subject) }));
  }

  private async othersFirst(): Promise<Taken> {
    await this.runtime.fold.catchUp(this.config.foldTimeoutMs);
    return 'requeueAfter';
  }
}
