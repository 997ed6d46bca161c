import type { EpochMs, RegisteredDefinition, WorkItem } from '@stowage/domain';
import { type ContainerFacts, NOTHING_KNOWN, type TaskFacts } from '../containers/facts';

/** The state of a task that survives a restart of the agent: the task, and the state that Docker does not store. */
export interface TaskRecord {
  readonly version: 1;
  readonly item: WorkItem;
  readonly definition: RegisteredDefinition;
  readonly facts: StoredFacts;
  /** Time at which the agent first reported STOPPED. The wait before the clean-up starts at this time. */
  readonly stoppedAt?: EpochMs;
  /** The control plane has recorded STOPPED, so no report is pending. */
  readonly stopAcknowledged: boolean;
}

interface StoredFacts extends Omit<TaskFacts, 'containers' | 'admitted' | 'prepared'> {
  readonly containers: readonly (readonly [string, Omit<ContainerFacts, 'busy'>])[];
}

export const NOTHING_DONE: TaskFacts = { containers: new Map(), admitted: false, prepared: false };

/**
 * Returns the facts without operations that were in progress when the agent ended. Their results are read from Docker
 * again.
 */
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

/** Returns the stored record, or undefined if the document has another format. */
export function readRecord(document: unknown): TaskRecord | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const record = document as Partial<TaskRecord>;
  const complete = record.version === 1 && record.item?.task && record.definition?.containerDefinitions && record.facts;
  return complete ? (document as TaskRecord) : undefined;
}
