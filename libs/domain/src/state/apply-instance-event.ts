import { evolveInstance, type TasksPlaced } from '../container-instance/records/container-instance';
import type { EpochMs } from '../ids';
import { plus } from '../resources';
import { serviceKey } from '../service/records/service';
import { placedTask } from '../task/records/task';
import { countInCluster } from './count-in-cluster';
import { countInService } from './count-in-service';
import type { EventApplication } from './event-application';
import type { StateStore } from './state-store';

/** Applies events of an instance. The cluster counts registrations, and placements create tasks. */
export const INSTANCE_EVENTS: EventApplication<'instance'> = {
  apply(store, event, at) {
    if (event.type === 'TasksPlaced') {
      applyPlacement(store, event, at);
      return;
    }
    const instance = evolveInstance(store.get('instance', event.instance), event, at);
    if (!instance) return;
    store.put('instance', instance);
    if (event.type === 'InstanceRegistered') countInCluster(store, event.cluster, { registered: 1 });
    if (event.type === 'InstanceDeregistered') countInCluster(store, event.cluster, { registered: -1 });
  },
  touched(event) {
    const { cluster, instance } = event;
    const ledger = { cluster: [cluster], instance: [instance] };
    if (event.type !== 'TasksPlaced') return ledger;
    return {
      ...ledger,
      task: event.tasks.map(({ id }) => id),
      service: event.tasks.flatMap(({ service }) => (service ? [serviceKey(cluster, service.name)] : [])),
    };
  },
};

function applyPlacement(store: StateStore, event: TasksPlaced, at: EpochMs): void {
  const instance = store.get('instance', event.instance);
  if (!instance) return;
  let used = instance.used;
  for (const placed of event.tasks) {
    const task = placedTask(placed, event.cluster, event.instance, at);
    store.put('task', task);
    countInService(store, undefined, task, at);
    used = plus(used, placed.resources);
  }
  const pendingTasksCount = instance.pendingTasksCount + event.tasks.length;
  store.put('instance', { ...instance, version: instance.version + 1, used, pendingTasksCount });
  countInCluster(store, event.cluster, { pending: event.tasks.length });
}
