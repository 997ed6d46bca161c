import { type InstanceId, invariant } from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import { FLEET_DEFAULTS, type FleetOptions, INSTANCES_MAX } from './core/fleet-options';
import type { FleetStats } from './core/fleet-stats';
import { newCounters } from './shell/counters';
import { SimulatedAgent } from './shell/simulated-agent';

/** Number of agents that register at the same time. */
const REGISTRATIONS_MAX = 64;

/** Simulated agents on one connection. */
export interface Fleet {
  readonly instances: readonly InstanceId[];
  stats(): FleetStats;
  /** Disconnects one instance for `lastsMs` milliseconds. */
  disconnect(instance: InstanceId, lastsMs: number): void;
  /** Stops all agents without notice, as a power failure does. The caller closes the connection. */
  close(): void;
}

/**
 * Starts a fleet on a connection that may act for every agent. Resolves when each agent is registered and has read its
 * work list, or was rejected. `onBegin` gets the fleet before that, to watch its start.
 */
export async function startFleet(
  nats: Runtime['nats'],
  given: Partial<FleetOptions> = {},
  onBegin: (fleet: Fleet) => void = () => undefined,
): Promise<Fleet> {
  const options = { ...FLEET_DEFAULTS, ...given };
  invariant(options.instances <= INSTANCES_MAX, `A fleet has at most ${String(INSTANCES_MAX)} instances.`);
  const counters = newCounters(options.instances);
  const agents = Array.from(
    { length: options.instances },
    (_, number) => new SimulatedAgent(nats, number, options, counters),
  );
  const fleet: Fleet = {
    instances: agents.map(({ instance }) => instance),
    stats: () => ({ ...counters }),
    disconnect: (instance, lastsMs) => agents.find((agent) => agent.instance === instance)?.disconnect(lastsMs),
    close: () => {
      for (const agent of agents) agent.close();
    },
  };
  onBegin(fleet);
  const waiting = [...agents];
  const startOneByOne = async (): Promise<void> => {
    for (let agent = waiting.shift(); agent; agent = waiting.shift()) await agent.start();
  };
  await Promise.all(Array.from({ length: REGISTRATIONS_MAX }, startOneByOne));
  return fleet;
}
