import type { EpochMs } from '../ids';
import { invariant } from '../invariant';
import { INSTANCE_EVENTS } from './apply-instance-event';
import { SERVICE_EVENTS } from './apply-service-event';
import { TARGET_GROUP_EVENTS } from './apply-target-group-event';
import { TASK_DEFINITION_EVENTS } from './apply-task-definition-event';
import { TASK_EVENTS } from './apply-task-event';
import type { EventApplication } from './event-application';
import { type DomainEvent, type EventMeta, EVENTS, isEventOf } from './events';
import { EVENT_RECORDS, type EventKind, type EventOf, EVOLVING_RECORDS, type EvolvingKind } from './records';
import type { StateStore, TouchedRecords } from './state-store';

type KindWithConsequences = Exclude<EventKind, EvolvingKind>;

/** Kinds whose events also change records of other kinds. */
const APPLICATIONS: { readonly [Kind in KindWithConsequences]: EventApplication<Kind> } = {
  instance: INSTANCE_EVENTS,
  task: TASK_EVENTS,
  service: SERVICE_EVENTS,
  'task-definition': TASK_DEFINITION_EVENTS,
  'target-group': TARGET_GROUP_EVENTS,
};

/**
 * Applies an event: changes the records in `store` that it refers to. Total and deterministic: an event about a record
 * that is not in the store, such as a stopped task or a deleted cluster, changes nothing.
 */
export function applyEvent(store: StateStore, event: DomainEvent, { at }: Pick<EventMeta, 'at'>): void {
  const { record } = EVENTS[event.type];
  if (record === undefined) return;
  if (isEvolving(record)) {
    invariant(isEventOf(record, event), ONE_KIND);
    evolveRecords(record, store, event, at);
  } else {
    invariant(isEventOf(record, event), ONE_KIND);
    applyWithConsequences(record, store, event, at);
  }
}

/** Returns the keys of the records that applying an event reads or writes. */
export function touchedBy(event: DomainEvent): TouchedRecords {
  const { record } = EVENTS[event.type];
  if (record === undefined) return {};
  if (isEvolving(record)) {
    invariant(isEventOf(record, event), ONE_KIND);
    return evolvedRecords(record, event);
  }
  invariant(isEventOf(record, event), ONE_KIND);
  return touchedWithConsequences(record, event);
}

const isEvolving = (kind: EventKind): kind is EvolvingKind => 'evolve' in EVENT_RECORDS[kind];

function evolveRecords<Kind extends EvolvingKind>(
  kind: Kind,
  store: StateStore,
  event: EventOf<Kind>,
  at: EpochMs,
): void {
  const { keysIn, evolve } = EVOLVING_RECORDS[kind];
  for (const key of keysIn(event)) {
    const before = store.get(kind, key);
    const after = evolve(before, event, at);
    if (after !== undefined) store.put(kind, after);
    else if (before !== undefined) store.delete(kind, key);
  }
}

function evolvedRecords<Kind extends EvolvingKind>(kind: Kind, event: EventOf<Kind>): TouchedRecords {
  return { [kind]: EVENT_RECORDS[kind].keysIn(event) };
}

function applyWithConsequences<Kind extends KindWithConsequences>(
  kind: Kind,
  store: StateStore,
  event: EventOf<Kind>,
  at: EpochMs,
): void {
  APPLICATIONS[kind].apply(store, event, at);
}

function touchedWithConsequences<Kind extends KindWithConsequences>(kind: Kind, event: EventOf<Kind>): TouchedRecords {
  return APPLICATIONS[kind].touched(event);
}

const ONE_KIND = 'EVENTS names the kind of record of each event.';
