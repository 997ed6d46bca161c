import { evolveTaskDefinition, revisionKey } from '../task-definition/records/task-definition';
import type { EventApplication } from './event-application';

/** Applies events of a revision. Its registration also advances the numbering of its family. */
export const TASK_DEFINITION_EVENTS: EventApplication<'task-definition'> = {
  apply(store, event, at) {
    const key = revisionKey(event);
    const before = store.get('task-definition', key);
    const after = evolveTaskDefinition(before, event, at);
    if (after) store.put('task-definition', after);
    else if (before) store.delete('task-definition', key);
    if (event.type !== 'TaskDefinitionRegistered') return;
    const { family, revision } = event;
    const latest = Math.max(store.get('task-definition-family', family)?.latest ?? 0, revision);
    store.put('task-definition-family', { family, latest });
  },
  touched: (event) => ({ 'task-definition': [revisionKey(event)], 'task-definition-family': [event.family] }),
};
