import { type InstanceId, type Random, type ReadonlyClusterState, type ServiceKey } from '@stowage/domain';
import { attributesByName } from '../filters/attributes';
import type { Orderer } from './orderer';

/**
 * What ECS does for a service without strategies: the zone with the fewest of its tasks first, in it the instance with
 * the fewest (ecs-api 5.6.3). Chance decides between equals.
 */
export function spreadOrderer(
  state: Pick<ReadonlyClusterState, 'instances' | 'tasks' | 'tasksOf'>,
  service: ServiceKey,
  random: Random,
): Orderer {
  const zones = new Map<string, number>();
  const hosts = new Map<InstanceId, number>();
  const zoneOf = (id: InstanceId): string => {
    const instance = state.instances.get(id);
    return (instance && attributesByName(instance).get('ecs.availability-zone')) ?? '';
  };
  const count = (id: InstanceId): void => {
    hosts.set(id, (hosts.get(id) ?? 0) + 1);
    zones.set(zoneOf(id), (zones.get(zoneOf(id)) ?? 0) + 1);
  };
  for (const id of state.tasksOf(service)) {
    const task = state.tasks.get(id);
    if (task?.desiredStatus === 'RUNNING') count(task.instance);
  }
  return {
    name: 'spread',
    order: (instances) => {
      const ranked = instances.map((id) => ({
        id,
        zone: zones.get(zoneOf(id)) ?? 0,
        host: hosts.get(id) ?? 0,
        draw: random.next(),
      }));
      ranked.sort((a, b) => a.zone - b.zone || a.host - b.host || a.draw - b.draw);
      return ranked.map(({ id }) => id);
    },
    taken: count,
  };
}
