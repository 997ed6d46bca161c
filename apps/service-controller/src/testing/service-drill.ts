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
import { type PlacementTry, type Situation, situationOf } from '../core/situation';
import { eventsOfStep } from '../core/step-events';
import { RECONCILE_DEFAULTS, type ReconcileTerms } from '../core/terms';
import { instance, KEY, placed, running, stopped, task } from './service-history';

/** A service, a clock, and a controller that takes one step when it is told to: what the core's tests are written in. */
export class ServiceDrill {
  readonly state = new ClusterState();
  readonly random: Random = seededRandom(1);
  now: EpochMs;
  tried: PlacementTry | undefined;
  roomAt = 0;
  private position = 0;
  private tasks = 0;

  constructor(
    events: readonly DomainEvent[],
    private readonly terms: Partial<ReconcileTerms> = {},
    now = 1_000_000,
    private readonly hasHealthCheck = false,
  ) {
    this.now = now;
    this.happens(...events);
  }

  get service(): Service {
    const service = this.state.services.get(KEY);
    invariant(service, 'The service is there.');
    return service;
  }

  happens(...events: readonly DomainEvent[]): void {
    for (const event of events) applyEvent(this.state, event, { at: this.now });
    this.position += events.length;
  }

  passes(ms: number): void {
    this.now += ms;
  }

  get situation(): Situation {
    const { now, position, tried, roomAt } = this;
    const terms = { ...RECONCILE_DEFAULTS, ...this.terms };
    const situation = situationOf(this.state, KEY, { now, position, terms, roomAt, ...(tried && { tried }) });
    invariant(situation, 'The service is there.');
    return situation;
  }

  look(): Outcome {
    return reconcile(this.situation);
  }

  /** Takes the step that the look comes to, and says what it was. Placement always finds room, unless `tried` is set. */
  step(): string {
    const outcome = this.look();
    if (outcome.kind === 'start') {
      const { where } = outcome;
      const places = where.kind === 'each' ? where.instances : this.placesFor(where.count);
      for (const place of places) {
        this.tasks += 1;
        const number = Number(outcome.deployment.split('/')[1]);
        const { hasHealthCheck } = this;
        this.happens(placed([task(this.tasks)], { deployment: number, on: Number(place.slice(1)), hasHealthCheck }));
      }
      return `start ${String(places.length)}`;
    }
    if (outcome.kind !== 'commit') return outcome.kind;
    this.happens(...eventsOfStep(this.situation, outcome.step, this.random));
    return outcome.step.do === 'stop' ? `stop ${String(outcome.step.stops.length)}` : outcome.step.do;
  }

  /** Instances that are ACTIVE, by turns. */
  private placesFor(count: number): readonly InstanceId[] {
    const active = [...this.state.instances.values()].filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
    return active.length === 0
      ? []
      : Array.from({ length: count }, (_, at) => active[at % active.length] ?? instance(0));
  }

  /** Steps until there is nothing more to do without news. */
  steps(max = 50): readonly string[] {
    const taken: string[] = [];
    while (taken.length < max) {
      const step = this.step();
      if (step === 'wait' || step === 'rest') return taken;
      taken.push(step);
    }
    return taken;
  }

  tasksThat(condition: (task: Task) => boolean): readonly Task[] {
    return [...this.state.tasks.values()].filter(condition);
  }

  /** Every task that is to run runs, and every one that is to stop has stopped. */
  agentsDoTheirWork(): void {
    for (const each of this.state.tasks.values()) {
      if (each.desiredStatus === 'STOPPED') this.happens(stopped(each));
      else if (each.lastStatus === 'PENDING') this.happens(running(each));
    }
  }

  /** The tasks that the next step stops, with why. */
  get stops(): readonly (readonly [TaskId, StopReason])[] {
    const outcome = this.look();
    if (outcome.kind !== 'commit' || outcome.step.do !== 'stop') return [];
    return outcome.step.stops.map(({ task: { task: each }, reason }) => [each.id, reason] as const);
  }
}
