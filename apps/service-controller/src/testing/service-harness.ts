import {
  applyEvent,
  ClusterState,
  type DomainEvent,
  type EpochMs,
  type InstanceId,
  invariant,
  type Random,
  seededRandom,
  type Service,
  type StopReason,
  type Task,
  type TaskId,
} from '@stowage/domain';
import { type Outcome, reconcile } from '../core/reconcile';
import { type PlacementAttempt, type Situation, situationOf } from '../core/situation';
import { eventsOfStep } from '../core/step-events';
import { RECONCILE_DEFAULTS, type ReconcileTerms } from '../core/terms';
import { instance, KEY, placed, running, stopped, task } from './service-history';

/** Test harness of the core: one service, a clock, and a controller that takes one step per call. */
export class ServiceHarness {
  readonly state = new ClusterState();
  readonly random: Random = seededRandom(1);
  now: EpochMs;
  lastAttempt: PlacementAttempt | undefined;
  capacityPosition = 0;
  private position = 0;
  private tasks = 0;

  constructor(
    events: readonly DomainEvent[],
    private readonly terms: Partial<ReconcileTerms> = {},
    now = 1_000_000,
    private readonly hasHealthCheck = false,
  ) {
    this.now = now;
    this.apply(...events);
  }

  get service(): Service {
    const service = this.state.services.get(KEY);
    invariant(service, 'The service exists.');
    return service;
  }

  apply(...events: readonly DomainEvent[]): void {
    for (const event of events) applyEvent(this.state, event, { at: this.now });
    this.position += events.length;
  }

  advance(ms: number): void {
    this.now += ms;
  }

  get situation(): Situation {
    const { now, position, lastAttempt, capacityPosition } = this;
    const terms = { ...RECONCILE_DEFAULTS, ...this.terms };
    const situation = situationOf(this.state, KEY, {
      now,
      position,
      terms,
      capacityPosition,
      ...(lastAttempt && { lastAttempt }),
    });
    invariant(situation, 'The service exists.');
    return situation;
  }

  reconcile(): Outcome {
    return reconcile(this.situation);
  }

  /**
   * Takes the step of one reconcile pass and returns its name. Placement always succeeds unless `lastAttempt` is set.
   */
  step(): string {
    const outcome = this.reconcile();
    if (outcome.kind === 'start') {
      const { where } = outcome;
      const places = where.kind === 'each' ? where.instances : this.placesFor(where.count);
      for (const place of places) {
        this.tasks += 1;
        const number = Number(outcome.deployment.split('/')[1]);
        const { hasHealthCheck } = this;
        this.apply(placed([task(this.tasks)], { deployment: number, on: Number(place.slice(1)), hasHealthCheck }));
      }
      return `start ${String(places.length)}`;
    }
    if (outcome.kind !== 'commit') return outcome.kind;
    this.apply(...eventsOfStep(this.situation, outcome.step, this.random));
    return outcome.step.do === 'stop' ? `stop ${String(outcome.step.stops.length)}` : outcome.step.do;
  }

  /** Returns ACTIVE instances in turn. */
  private placesFor(count: number): readonly InstanceId[] {
    const active = [...this.state.instances.values()].filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
    return active.length === 0
      ? []
      : Array.from({ length: count }, (_, at) => active[at % active.length] ?? instance(0));
  }

  /** Takes steps until the controller waits for an event or a time. Returns the names of the steps. */
  steps(max = 50): readonly string[] {
    const taken: string[] = [];
    while (taken.length < max) {
      const step = this.step();
      if (step === 'wait' || step === 'rest') return taken;
      taken.push(step);
    }
    return taken;
  }

  tasksWhere(condition: (task: Task) => boolean): readonly Task[] {
    return [...this.state.tasks.values()].filter(condition);
  }

  /** Runs every task that is to run, and stops every task that is to stop. */
  runAgents(): void {
    for (const each of this.state.tasks.values()) {
      if (each.desiredStatus === 'STOPPED') this.apply(stopped(each));
      else if (each.lastStatus === 'PENDING') this.apply(running(each));
    }
  }

  /** Tasks that the next step stops, with the reasons. */
  get stops(): readonly (readonly [TaskId, StopReason])[] {
    const outcome = this.reconcile();
    if (outcome.kind !== 'commit' || outcome.step.do !== 'stop') return [];
    return outcome.step.stops.map(({ task: { task: each }, reason }) => [each.id, reason] as const);
  }
}
