import type { DomainEvent, EpochMs, LoadBalancer, ReadonlyClusterState, TargetGroup } from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import { type DataPlane, dataPlaneOf } from '../../core/data-plane/data-plane';
import { type Sighting, targetEvents } from '../../core/data-plane/judge-targets';
import { type Refused, stateOf } from '../../core/data-plane/listening';
import type { Configuration } from './configuration';
import type { DataPlaneConfig } from './config';
import type { Haproxy } from './haproxy';

const ACTOR = 'service:load-balancer-registrar';
/** After commands it is looked again soon: what they changed may be worth a word in the journal. */
const SOON_MS = 25;

/**
 * Makes HAProxy what the fold says, and the journal what HAProxy shows: again and again, from the whole of both. Nothing
 * is remembered between two looks that would be missed when the registrar dies.
 */
export class DataPlaneLoop {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  /** Something happened that the look under way may have missed. */
  private isDirty = false;
  private writing = false;
  private closed = false;
  private readonly stopListening: () => void;

  constructor(
    private readonly runtime: Runtime,
    private readonly parts: { readonly configuration: Configuration; readonly haproxy: Haproxy },
    private readonly config: DataPlaneConfig,
  ) {
    this.stopListening = runtime.fold.onTransaction(({ events }) => {
      if (!events.some(({ event }) => concernsDataPlane(event))) return;
      this.isDirty = true;
      if (!this.looking) this.schedule(0);
    });
  }

  start(): void {
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.stopListening();
    clearTimeout(this.timer);
    await this.looking;
  }

  private schedule(afterMs: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.looking = this.look().then((again) => {
        this.looking = undefined;
        this.schedule(this.isDirty ? 0 : again);
      });
    }, afterMs);
  }

  /** How long until the next look. */
  private async look(): Promise<number> {
    this.isDirty = false;
    try {
      return (await this.reconcile()) > 0 ? SOON_MS : this.config.dataPlanePollMs;
    } catch (error) {
      this.runtime.logger.warn({ err: error }, 'HAProxy is not as it should be yet.');
      return this.config.dataPlanePollMs;
    }
  }

  private async reconcile(): Promise<number> {
    const { configuration, haproxy } = this.parts;
    const { state } = this.runtime.fold;
    const [plane, targetGroups] = [dataPlaneOf(state), new Map(state.targetGroups)];
    const prepared = await configuration.prepare(plane);
    const processes = await haproxy.run(plane, prepared);
    const sighting = processes ? await haproxy.look(plane, processes) : { old: [] };
    this.report(sighting, { plane, targetGroups, refused: prepared.refused });
    // The state may have gone on; what was seen is compared with what is wanted now.
    return haproxy.adjust(dataPlaneOf(this.runtime.fold.state), sighting);
  }

  /** Beside the loop: HAProxy is looked after also while NATS is away. What is not written now is seen again. */
  private report(sighting: Sighting, applied: Applied): void {
    const { state } = this.runtime.fold;
    if (this.writing || eventsOf(state, sighting, applied, this.runtime.now()).length === 0) return;
    this.writing = true;
    this.runtime.commands
      .execute({
        decide: (latest, now) => ({ events: eventsOf(latest, sighting, applied, now), result: undefined }),
        atLeast: 0,
        actor: ACTOR,
        cause: 'data plane',
      })
      .catch((error: unknown) =>
        this.runtime.logger.warn({ err: error }, 'What HAProxy shows could not be written yet.'),
      )
      .finally(() => (this.writing = false));
  }
}

/** What HAProxy was told before the look, and what it would not take of it. */
interface Applied {
  readonly plane: DataPlane;
  /** All there were, those without a listener too. */
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  readonly refused: Refused;
}

function eventsOf(
  state: ReadonlyClusterState,
  sighting: Sighting,
  { plane, targetGroups, refused }: Applied,
  now: EpochMs,
): readonly DomainEvent[] {
  const used = new Set(plane.backends.map(({ group }) => group.name));
  return [
    ...[...state.targetGroups.values()].flatMap((group) =>
      targetEvents(group, sighting, { now, lookedAt: targetGroups.get(group.name), isUsed: used.has(group.name) }),
    ),
    ...[...state.loadBalancers.values()].flatMap((loadBalancer): readonly DomainEvent[] => {
      if (!isApplied(loadBalancer, plane)) return [];
      const next = stateOf(loadBalancer, refused);
      const { code, reason } = loadBalancer.state;
      if (next.code === code && next.reason === reason) return [];
      return [{ type: 'LoadBalancerStateChanged', version: 1, loadBalancer: loadBalancer.name, state: next }];
    }),
  ];
}

/** Whether HAProxy has each of its listeners as they are: of one that is newer nothing can be said yet. */
const isApplied = ({ listeners }: LoadBalancer, { frontends }: DataPlane): boolean =>
  listeners.every((listener) => frontends.some((frontend) => frontend.listener === listener));

/** Health too: old workers and maps hear of it from us. */
function concernsDataPlane(event: DomainEvent): boolean {
  return 'loadBalancer' in event || 'targetGroup' in event;
}
