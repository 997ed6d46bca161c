import type { EpochMs, RegisteredDefinition, WorkItem } from '@stowage/domain';
import { type ContainerFacts, NOTHING_KNOWN, type TaskFacts } from '../containers/facts';

/** What survives a restart of the agent: the task, and what Docker does not know of it. */
export interface TaskRecord {
  readonly version: 1;
  readonly item: WorkItem;
  readonly definition: RegisteredDefinition;
  readonly facts: StoredFacts;
  /** When the agent first reported it STOPPED: from then on the clean-up's wait counts. */
  readonly stoppedAt?: EpochMs;
  /** The control plane knows that it is STOPPED: nothing is left to be said. */
  readonly stopAcknowledged: boolean;
}

interface StoredFacts extends Omit<TaskFacts, 'containers' | 'admitted' | 'prepared'> {
  readonly containers: readonly (readonly [string, Omit<ContainerFacts, 'busy'>])[];
}

export const NOTHING_DONE: TaskFacts = { containers: new Map(), admitted: false, prepared: false };

/** What was under way when the agent died is not: it is looked up anew. */
export function storedFacts(facts: TaskFacts): StoredFacts {
  const { containers, admitted: _admitted, prepared: _prepared, ...rest } = facts;
  return {
    ...rest,
    containers: [...containers].map(([name, { busy: _busy, ...seen }]) => [name, seen]),
  };
}

export function restoredFacts({ containers, ...rest }: StoredFacts): TaskFacts {
  const restored = containers.map(([name, seen]) => [name, { ...NOTHING_KNOWN, ...seen }] as const);
  return { ...rest, admitted: false, prepared: false, containers: new Map(restored) };
}

/** A stored record, or undefined when the document is none that this version wrote. */
export function readRecord(document: unknown): TaskRecord | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const record = document as Partial<TaskRecord>;
  const complete = record.version === 1 && record.item?.task && record.definition?.containerDefinitions && record.facts;
  return complete ? (document as TaskRecord) : undefined;
}
