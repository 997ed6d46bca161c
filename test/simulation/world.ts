import { clusterName, type Random, seededRandom, type TaskId } from '@stowage/domain';
import { seedChance } from './chance';
import { Checker } from './checker';
import { Faults } from './faults';
import { ground } from './ground';
import { type Fortune, Machine } from './machine';
import { type ProcessKind, SimulatedProcess, type Surroundings } from './processes';
import { RandomUser } from './random-user';
import { SimulatedHaproxy } from './simulated-haproxy';
import { JournalStore } from './simulated-journal';
import { SimulatedNetwork } from './simulated-nats';
import { restlessTargets } from './target-checks';
import { VirtualTime } from './virtual-time';

const CLUSTER = clusterName('sim');
const BEGINS_AT = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const CHAOS_MIN_MS = MINUTE_MS / 2;
const CHAOS_MAX_MS = 6 * MINUTE_MS;
/** Time after the last fault within which everything must reach its desired state. */
const CALM_MAX_MS = 60 * MINUTE_MS;
const KINDS: readonly ProcessKind[] = ['cluster-manager', 'scheduler', 'service-controller', 'load-balancer-registrar'];
/** Time for which an unreachable task does not answer. */
const ILL_MAX_MS = MINUTE_MS;
const REPLICAS_MAX = 2;
const ACTS_AT_ONCE = 6;

export interface RunReport {
  readonly seed: number;
  /** Broken invariants; empty if there are none. */
  readonly broken: readonly string[];
  readonly transactions: number;
  readonly eventsRun: number;
  readonly simulatedMs: number;
  readonly seen: ReadonlyMap<string, number>;
  /** Hash of the whole journal: the same seed gives the same journal. */
  readonly journal: () => readonly string[];
}

/** A control plane with its machines and a user. All randomness comes from one seed. */
export class World {
  private readonly time: VirtualTime;
  private readonly random: Random;
  private readonly haproxy: SimulatedHaproxy;
  private readonly checker: Checker;
  private readonly surroundings: Surroundings;
  private readonly processes: readonly SimulatedProcess[];
  private readonly machines: Machine[] = [];
  private readonly fortune: Fortune = { failRate: 0 };
  private readonly user: RandomUser;
  private readonly ill = new Set<TaskId>();
  private readonly chaosMs: number;
  private readonly actsEveryMs: number;

  constructor(private readonly seed: number) {
    const draw = (stream: number): Random => seededRandom(seed * 2 ** 8 + stream);
    seedChance(seed);
    this.random = draw(1);
    this.time = new VirtualTime(BEGINS_AT);
    this.haproxy = new SimulatedHaproxy(this.time, draw(6), (task) => this.answers(task));
    this.checker = new Checker((group, target) => this.haproxy.serves(group, target));
    const faults = Faults.drawRandom(draw(3));
    const network = new SimulatedNetwork(this.time, draw(4), faults);
    const store = new JournalStore(this.time, (transaction) => this.checker.take(transaction));
    this.surroundings = { time: this.time, network, store, faults, haproxy: this.haproxy };
    this.processes = KINDS.flatMap((kind) =>
      Array.from(
        { length: 1 + this.random.below(REPLICAS_MAX) },
        (_, at) => new SimulatedProcess(kind, at + 1, this.surroundings),
      ),
    );
    const machines = 2 + this.random.below(3);
    for (let at = 0; at < machines; at += 1) this.addMachine();
    this.user = new RandomUser(CLUSTER, this.checker, draw(5), this.surroundings);
    this.chaosMs = CHAOS_MIN_MS + this.random.below(CHAOS_MAX_MS - CHAOS_MIN_MS);
    this.actsEveryMs = 1_000 + this.random.below(12_000);
  }

  async run(): Promise<RunReport> {
    this.time.begin();
    try {
      await this.surroundings.store.memory.commit(ground(CLUSTER, BEGINS_AT));
      for (const process of this.processes) process.start();
      // The last machine joins while the others already run tasks.
      for (const machine of this.machines.slice(1)) machine.start();
      this.time.schedule(this.time.world, this.random.below(this.chaosMs), () => this.machines[0]?.start());
      this.planActs();
      const isBroken = (): boolean => this.checker.broken.length > 0;
      await this.time.run(isBroken, BEGINS_AT + this.chaosMs);
      if (!isBroken()) await this.calm();
    } catch (error) {
      this.checker.broken.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      this.time.end();
    }
    return this.report();
  }

  private planActs(): void {
    this.time.schedule(this.time.world, this.random.below(2 * this.actsEveryMs), () => {
      if (this.surroundings.faults.isCalm) return;
      this.replaceDeregistered();
      if (this.random.next() < 0.4) this.strike();
      // Several actions at once cause concurrent decisions, which meet in the journal.
      else for (let acts = this.random.next() < 0.2 ? ACTS_AT_ONCE : 1; acts > 0; acts -= 1) this.user.act();
      this.planActs();
    });
  }

  private addMachine(): Machine {
    const machine = new Machine(CLUSTER, this.machines.length, this.surroundings, this.fortune);
    this.machines.push(machine);
    return machine;
  }

  /** A deregistered machine does not return; a new one replaces it. */
  private replaceDeregistered(): void {
    for (const machine of this.machines) {
      if (machine.isReplaced || !this.checker.deregistered.has(machine.instance)) continue;
      machine.isReplaced = true;
      const successor = this.addMachine();
      this.time.schedule(this.time.world, this.random.below(MINUTE_MS), () => successor.start());
    }
  }

  private strike(): void {
    const process = this.pick(this.processes);
    const machine = this.pick(this.machines);
    const strikes = [
      () => this.crash(process),
      () => this.crash(process),
      () => (process.life.stalledUntil = this.time.now + this.random.below(MINUTE_MS)),
      () => this.dieFor(machine),
      () => machine.cutOff(this.random.below(4 * MINUTE_MS)),
      () => this.haproxy.kill(),
      () => this.sicken(),
      () => (this.fortune.failRate = this.random.below(3) / 2),
    ];
    this.pick(strikes)();
  }

  private crash(process: SimulatedProcess): void {
    process.crash();
    this.time.schedule(this.time.world, this.random.below(MINUTE_MS), () => {
      if (process.life.isDead) process.start();
    });
  }

  private dieFor(machine: Machine): void {
    machine.die();
    this.time.schedule(this.time.world, this.random.below(5 * MINUTE_MS), () => machine.start());
  }

  /** Makes a running task unreachable for its load balancers. */
  private sicken(): void {
    const targets = [...this.checker.state.targetGroups.values()].flatMap((group) => group.targets);
    const task = targets[this.random.below(targets.length + 1)]?.task?.task;
    if (!task) return;
    this.ill.add(task);
    this.time.schedule(this.time.world, this.random.below(ILL_MAX_MS), () => this.ill.delete(task));
  }

  /** Returns true if a client that connects to the task gets an answer. */
  private answers(id: TaskId): boolean {
    const task = this.checker.state.tasks.get(id);
    const runs = task?.lastStatus === 'RUNNING' || task?.lastStatus === 'DEACTIVATING';
    const isUp = this.machines.some(({ instance, isUp }) => isUp && instance === task?.instance);
    return runs && isUp && !this.ill.has(id);
  }

  private pick<Item>(items: readonly Item[]): Item {
    const item = items[this.random.below(items.length)];
    if (item === undefined) throw new Error('The list is empty.');
    return item;
  }

  /** Stops all faults and waits, for a limited time, until everything is in its desired state. */
  private async calm(): Promise<void> {
    this.surroundings.faults.isCalm = true;
    this.fortune.failRate = 0;
    for (const process of this.processes) {
      process.life.stalledUntil = 0;
      if (process.life.isDead) process.start();
    }
    for (const machine of this.machines) machine.start();
    const settle = (): void => {
      this.replaceDeregistered();
      this.user.settle();
      this.time.schedule(this.time.world, MINUTE_MS, settle);
    };
    settle();
    const isOver = (): boolean => this.checker.broken.length > 0 || this.unrest().length === 0;
    let nextCheckAt = 0;
    const isCheckDue = (): boolean => {
      if (this.time.now < nextCheckAt) return false;
      nextCheckAt = this.time.now + 5_000;
      return isOver();
    };
    await this.time.run(isCheckDue, this.time.now + CALM_MAX_MS);
    this.checker.broken.push(...this.unrest(), ...this.foldsThatDiffer());
  }

  /** Returns a sentence for each difference from the desired state. */
  private unrest(): readonly string[] {
    const { state } = this.checker;
    const found = [...restlessTargets(state)];
    for (const machine of this.machines) {
      const { instance } = machine;
      const known = state.instances.get(instance);
      const wanted = state.tasksOn(instance).size;
      const takesTasks = known?.agentConnected && known.lostAt === undefined;
      if (!takesTasks && !machine.isReplaced) found.push(`Instance ${instance} takes no tasks.`);
      if (machine.tasksHeld !== wanted) {
        found.push(`Instance ${instance} runs ${String(machine.tasksHeld)} tasks of ${String(wanted)}.`);
      }
    }
    for (const task of state.tasks.values()) {
      if (task.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING') {
        found.push(`Task ${task.id} is ${task.lastStatus} and wanted ${task.desiredStatus}.`);
      }
    }
    for (const [key, { status, name, desiredCount, deployments }] of state.services) {
      const tasks = this.checker.tasksOf(key).length;
      if (status !== 'ACTIVE') found.push(`Service ${name} is ${status}.`);
      if (tasks !== desiredCount) found.push(`Service ${name} has ${String(tasks)} tasks of ${String(desiredCount)}.`);
      const rollouts = deployments.map(({ rolloutState }) => rolloutState).join();
      if (rollouts !== 'COMPLETED') found.push(`Service ${name} has deployments ${rollouts}.`);
    }
    return found;
  }

  /** The fold of every process must equal the fold of the whole journal. */
  private foldsThatDiffer(): readonly string[] {
    const wanted = recordsOf(this.checker.state);
    return this.processes
      .filter(({ fold }) => fold?.position === this.checker.position && recordsOf(fold.state) !== wanted)
      .map(({ kind, number }) => `The fold of ${kind} ${String(number)} differs.`);
  }

  private report(): RunReport {
    const { stored } = this.surroundings.store;
    return {
      seed: this.seed,
      broken: this.checker.broken,
      transactions: stored.length,
      eventsRun: this.time.eventsRun,
      simulatedMs: this.time.now - BEGINS_AT,
      seen: this.checker.seen,
      journal: () => stored.flatMap(({ transaction }) => transaction.events.map((each) => JSON.stringify(each))),
    };
  }
}

function recordsOf({
  clusters,
  instances,
  tasks,
  services,
  serviceDeployments,
  targetGroups,
}: Pick<Checker, 'state'>['state'] | NonNullable<SimulatedProcess['fold']>['state']): string {
  return JSON.stringify(
    [clusters, instances, tasks, services, serviceDeployments, targetGroups].map((map) => [...map]),
  );
}
