import { type ClusterName, clusterName } from '@stowage/domain';
import { DYNAMIC_PORTS_FROM } from './simulated-task';

/** From one number to another, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a fleet is like. Everything that happens in it is drawn from `seed`. */
export interface FleetOptions {
  readonly cluster: ClusterName;
  readonly instances: number;
  readonly seed: number;
  /** Of each instance: cpu units and MiB. */
  readonly cpu: number;
  readonly memory: number;
  /** How many GPUs each instance has. */
  readonly gpus: number;
  /** Instances are dealt to these zones in turn. */
  readonly zones: readonly string[];
  /** The first port that is given to a container, as Docker would; each instance counts on from there. */
  readonly portsFrom: number;
  /** From the moment an agent hears of a task until its containers run. */
  readonly startMs: Range;
  /** From the request to stop until its containers have stopped. */
  readonly stopMs: Range;
  /** How long a task runs before it ends by itself; without it, for ever. */
  readonly runMs?: Range;
  /** Part of the tasks that fail: at the pull, or soon after their start. */
  readonly failRate: number;
  /** How often an instance loses its connection, in times a minute. */
  readonly disconnectRate: number;
  /** For how long. */
  readonly disconnectMs: Range;
  readonly heartbeatMs: number;
  readonly requestTimeoutMs: number;
}

/** No more instances than a cluster of ECS can have. */
export const INSTANCES_MAX = 5_000;

export const FLEET_DEFAULTS: FleetOptions = {
  cluster: clusterName('default'),
  instances: 100,
  seed: 1,
  cpu: 4_096,
  memory: 16_384,
  gpus: 0,
  zones: ['a', 'b', 'c'],
  portsFrom: DYNAMIC_PORTS_FROM,
  startMs: { from: 200, to: 2_000 },
  stopMs: { from: 50, to: 500 },
  failRate: 0,
  disconnectRate: 0,
  disconnectMs: { from: 5_000, to: 60_000 },
  heartbeatMs: 10_000,
  requestTimeoutMs: 10_000,
};
