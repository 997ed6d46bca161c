import type { TaskId } from '../ids';
import { evolveTargetGroup } from '../load-balancing/records/evolve-target-group';
import type { TargetGroupEvent } from '../load-balancing/records/target-group';
import { servedTask } from '../task/records/task';
import { countInService } from './count-in-service';
import type { EventApplication } from './event-application';

/** Applies events of target groups. A healthy target also updates the health of its task. */
export const TARGET_GROUP_EVENTS: EventApplication<'target-group'> = {
  apply(store, event, at) {
    const group = store.get('target-group', event.targetGroup);
    const changed = evolveTargetGroup(group, event, at);
    if (changed) store.put('target-group', changed);
    else if (group) store.delete('target-group', event.targetGroup);
    for (const id of tasksServed(event)) {
      const before = store.get('task', id);
      const after = before && servedTask(before, at);
      if (!after || after === before) continue;
      store.put('task', after);
      countInService(store, before, after, at);
    }
  },
  touched: (event) => ({ 'target-group': [event.targetGroup], task: tasksServed(event) }),
};

/** The tasks whose targets a load balancer found healthy. */
function tasksServed(event: TargetGroupEvent): readonly TaskId[] {
  if (event.type !== 'TargetHealthChanged') return [];
  return event.targets.flatMap(({ task, health }) => (task && health.state === 'healthy' ? [task] : []));
}
