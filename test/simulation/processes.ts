import { Follower, JournalCommandHandler } from '@stowage/journal';
import { OwnedOperations, type Runtime } from '@stowage/runtime';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { ClusterManagerConfig } from '../../apps/cluster-manager/src/config';
import { AgentSide } from '../../apps/cluster-manager/src/shell/agents/agent-side';
import { ContainerInstancesController } from '../../apps/cluster-manager/src/shell/operations/container-instances.controller';
import { Operations } from '../../apps/cluster-manager/src/shell/operations/operations';
import { TasksController } from '../../apps/cluster-manager/src/shell/operations/tasks.controller';
import { RegistrarConfig } from '../../apps/load-balancer-registrar/src/config';
import { DataPlaneLoop } from '../../apps/load-balancer-registrar/src/shell/data-plane/data-plane-loop';
import { Operations as RegistrarOperations } from '../../apps/load-balancer-registrar/src/shell/operations/operations';
import { TargetGroupsController } from '../../apps/load-balancer-registrar/src/shell/operations/target-groups.controller';
import { ServiceTargets } from '../../apps/load-balancer-registrar/src/shell/service-targets';
import { SchedulerConfig } from '../../apps/scheduler/src/config';
import { OperationsController } from '../../apps/scheduler/src/shell/operations.controller';
import { PlacementExplainer } from '../../apps/scheduler/src/shell/placement-explainer';
import { PlacementQueues } from '../../apps/scheduler/src/shell/placement-queues';
import { PlacementPeers } from '../../apps/scheduler/src/shell/placement-peers';
import { ServiceTaskStarter } from '../../apps/scheduler/src/shell/service-task-starter';
import { TaskStarter } from '../../apps/scheduler/src/shell/task-starter';
import { ServiceControllerConfig } from '../../apps/service-controller/src/config';
import { ServicesController } from '../../apps/service-controller/src/shell/operations/services.controller';
import { TaskProtectionController } from '../../apps/service-controller/src/shell/operations/task-protection.controller';
import { Reconciler } from '../../apps/service-controller/src/shell/reconciler';
import type { Faults } from './faults';
import { serveControllers } from './serve-controllers';
import { type JournalStore, SimulatedJournal } from './simulated-journal';
import type { SimulatedHaproxy } from './simulated-haproxy';
import type { SimulatedNetwork } from './simulated-nats';
import type { Life, VirtualTime } from './virtual-time';

/** The shared parts of a world: time, network and journal. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly network: SimulatedNetwork;
  readonly store: JournalStore;
  readonly faults: Faults;
  readonly haproxy: SimulatedHaproxy;
}

export type ProcessKind = 'cluster-manager' | 'scheduler' | 'service-controller' | 'load-balancer-registrar';

const SCOPE = { region: 'us-east-1', account: '123456789012' };
const LOGGER = pino({ level: process.env['STOWAGE_SIMULATION_LOG'] ?? 'silent' });
const START_TIMEOUT_MS = 60_000;
const START_RETRY_MS = 1_000;

/** Twice as long as in production. Most events of a run would otherwise be heartbeats. */
export const LEASES = { leaseMs: 60_000, leaseCheckMs: 10_000, lossGraceMs: 60_000 };
const DATA_PLANE_POLL_MS = 2_500;
export const HEARTBEAT_MS = LEASES.leaseMs / 3;

/** One replica of a service: the real shell on a simulated journal and network. It is restarted after each crash. */
export class SimulatedProcess {
  fold: Follower | undefined;
  life: Life;
  private lives = 0;

  constructor(
    readonly kind: ProcessKind,
    readonly number: number,
    private readonly surroundings: Surroundings,
  ) {
    this.life = surroundings.time.newLife('');
  }

  start(): void {
    const { time } = this.surroundings;
    this.lives += 1;
    this.life = time.newLife(`${this.kind} ${String(this.number)}.${String(this.lives)}`);
    const { life } = this;
    time.in(life, () => void this.boot(life));
  }

  /** Kills the process: none of its pending events runs any more. */
  crash(): void {
    this.life.isDead = true;
    this.surroundings.network.disconnect(this.life);
    this.fold = undefined;
  }

  /**
   * Starts as `startRuntime` does: it folds the journal up to its end before the work begins. A failed start is
   * repeated, as a
   * supervisor does.
   */
  private async boot(life: Life): Promise<void> {
    const { time, store, network, faults, haproxy } = this.surroundings;
    const journal = new SimulatedJournal(store, time, life, faults);
    const fold = new Follower(journal, { onFailure: (error) => time.fail(error) });
    fold.start();
    for (;;) {
      try {
        await fold.catchUp(START_TIMEOUT_MS);
        break;
      } catch {
        await time.sleep(life, START_RETRY_MS);
      }
    }
    this.fold = fold;
    const runtime: Runtime = {
      scope: SCOPE,
      logger: LOGGER.child({ process: life.name }),
      nats: network.connect(life),
      journal,
      fold,
      commands: new JournalCommandHandler(journal, fold),
      now: () => time.now,
      close: () => Promise.resolve(),
    };
    try {
      await STARTS[this.kind](runtime);
      if (this.kind === 'load-balancer-registrar' && this.number === 1) startDataPlane(runtime, haproxy.partsFor(life));
    } catch (error) {
      time.fail(error);
    }
  }
}

const STARTS: Readonly<Record<ProcessKind, (runtime: Runtime) => void | Promise<void>>> = {
  'cluster-manager': async (runtime) => {
    const config = Object.assign(new ClusterManagerConfig(), LEASES);
    const operations = new Operations(runtime, config);
    const controllers = [new TasksController(operations), new ContainerInstancesController(operations)];
    serveControllers(runtime.nats, 'cluster-manager', controllers);
    await AgentSide.of(runtime, config).onApplicationBootstrap();
  },
  scheduler: (runtime) => {
    const self = { scheduler: uuidv7(), build: 'simulated' };
    const peers = new PlacementPeers(runtime, self);
    const config = new SchedulerConfig();
    const queues = new PlacementQueues(runtime, config, peers);
    const controller = new OperationsController(
      new TaskStarter(runtime, queues),
      new ServiceTaskStarter(runtime, queues),
      new PlacementExplainer(runtime, config, self),
    );
    serveControllers(runtime.nats, 'scheduler', [controller]);
  },
  'service-controller': (runtime) => {
    const operations = new OwnedOperations(runtime);
    const controllers = [new ServicesController(operations), new TaskProtectionController(operations)];
    serveControllers(runtime.nats, 'service-controller', controllers);
    new Reconciler(runtime, new ServiceControllerConfig()).onModuleInit();
  },
  'load-balancer-registrar': (runtime) => {
    const controllers = [new TargetGroupsController(new RegistrarOperations(runtime))];
    serveControllers(runtime.nats, 'load-balancer-registrar', controllers);
    new ServiceTargets(runtime, new RegistrarConfig()).onApplicationBootstrap();
  },
};

/** One of the registrars has HAProxy. */
function startDataPlane(runtime: Runtime, parts: ConstructorParameters<typeof DataPlaneLoop>[1]): void {
  const config = Object.assign(new RegistrarConfig(), { dataPlanePollMs: DATA_PLANE_POLL_MS });
  new DataPlaneLoop(runtime, parts, config).start();
}
