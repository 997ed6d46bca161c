import { type ClusterName, type InstanceId } from '@stowage/domain';
import { FLEET_DEFAULTS, type FleetOptions } from '../../apps/fleet/src/core/fleet-options';
import { fleetInstance } from '../../apps/fleet/src/core/registration';
import { newCounters } from '../../apps/fleet/src/shell/counters';
import { SimulatedAgent } from '../../apps/fleet/src/shell/simulated-agent';
import { HEARTBEAT_MS, type Surroundings } from './processes';
import type { Life } from './virtual-time';

/** Outcome of the tasks on all machines of a world. It changes during the run. */
export interface Fortune {
  /** Share of the tasks that fail. */
  failRate: number;
}

export const GPUS = 2;
/** More dynamic ports than tasks that start in a world. */
const PORTS_OF_A_LIFE = 1_000;
/** Resources for twelve of the world's tasks. */
const SIZE = { cpu: 1_024, memory: 1_024, gpus: GPUS };

/** A container instance: the fleet's agent with simulated containers. When it dies, its containers are gone. */
export class Machine {
  readonly instance: InstanceId;
  /** The instance was deregistered and replaced by another one. */
  isReplaced = false;
  private readonly options: FleetOptions;
  private counters = newCounters(1);
  private agent: SimulatedAgent | undefined;
  private life: Life;
  private lives = 0;

  constructor(
    cluster: ClusterName,
    readonly number: number,
    private readonly surroundings: Surroundings,
    fortune: Fortune,
  ) {
    const portsFrom = (): number => FLEET_DEFAULTS.portsFrom + this.lives * PORTS_OF_A_LIFE;
    this.options = {
      ...FLEET_DEFAULTS,
      ...SIZE,
      cluster,
      heartbeatMs: HEARTBEAT_MS,
      // Ports of tasks that continue to run are in use.
      get portsFrom() {
        return portsFrom();
      },
      get failRate() {
        return fortune.failRate;
      },
    };
    this.instance = fleetInstance(this.options, number);
    this.life = surroundings.time.newLife('');
  }

  get isUp(): boolean {
    return this.agent !== undefined;
  }

  /** Number of tasks that are starting, running or stopping. */
  get tasksHeld(): number {
    const { starting, running, stopping } = this.counters;
    return starting + running + stopping;
  }

  start(): void {
    if (this.agent) return;
    this.lives += 1;
    const { time, network } = this.surroundings;
    this.life = time.newLife(`machine ${String(this.number)}`);
    this.counters = newCounters(1);
    const agent = new SimulatedAgent(network.connect(this.life), this.number, this.options, this.counters);
    this.agent = agent;
    time.in(this.life, () => void agent.start());
  }

  die(): void {
    if (!this.agent) return;
    this.life.isDead = true;
    this.surroundings.network.disconnect(this.life);
    this.agent = undefined;
    this.counters = newCounters(1);
  }

  /** Disconnects the machine for `lastsMs` milliseconds. Its containers continue to run. */
  cutOff(lastsMs: number): void {
    const { agent } = this;
    if (agent) this.surroundings.time.in(this.life, () => agent.disconnect(lastsMs));
  }
}
