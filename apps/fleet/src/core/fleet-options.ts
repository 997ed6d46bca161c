import { type ClusterName, clusterName } from '@stowage/domain';
import { DYNAMIC_PORTS_FROM } from './simulated-task';

/** Range of numbers, with both ends. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Options of a fleet. All randomness is drawn from `seed`. */
export interface FleetOptions {
  readonly cluster: ClusterName;
  readonly instances: number;
  readonly seed: number;
  /** CPU units and MiB of each instance. */
  readonly cpu: number;
  readonly memory: number;
  /** Number of GPUs of each instance. */
  readonly gpus: number;
  /** Availability zones, which the instances get in turn. */
  readonly zones: readonly string[];
  /** First host port for a container, as with Docker. Each instance counts from there. */
  readonly portsFrom: number;
  /** Time from the arrival of a task at its agent until its containers run. */
  readonly startMs: Range;
  /** Time from the request to stop until the containers have stopped. */
  readonly stopMs: Range;
  /** Time after which a task exits by itself. Without it, tasks do not exit. */
  readonly runMs?: Range;
  /** Fraction of the tasks that fail, at the pull or soon after their start. */
  readonly failRate: number;
  /** Number of disconnections of each instance per minute. */
  readonly disconnectRate: number;
  /** Duration of a disconnection. */
  readonly disconnectMs: Range;
  /** Interval of the heartbeats. Default: a third of the lease that the managers report. */
  readonly heartbeatMs?: number;
  readonly requestTimeoutMs: number;
}

/** Number of instances that a cluster of ECS can have at most. */
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
  requestTimeoutMs: 10_000,
};
