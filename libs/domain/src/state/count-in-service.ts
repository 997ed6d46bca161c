import type { EpochMs } from '../ids';
import { serviceAfterTask } from '../service/records/count-tasks';
import { serviceKey } from '../service/records/service';
import type { Task } from '../task/records/task';
import type { StateStore } from './state-store';

/** Updates the service of a task after a change of the task. `before` is undefined if the task was just placed. */
export function countInService(store: StateStore, before: Task | undefined, after: Task, at: EpochMs): void {
  if (!after.service) return;
  const service = store.get('service', serviceKey(after.cluster, after.service.name));
  if (!service) return;
  const changed = serviceAfterTask(service, before, after, at);
  if (changed !== service) store.put('service', changed);
}
