declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** A cluster's short name, 1 to 255 of `[A-Za-z0-9_-]`. */
export type ClusterName = Branded<string, 'ClusterName'>;
/** A container instance's id: 32 lower-case hexadecimal digits, unique over all clusters. */
export type InstanceId = Branded<string, 'InstanceId'>;
/** A task's id: 32 lower-case hexadecimal digits. */
export type TaskId = Branded<string, 'TaskId'>;
/** A transaction's id: a UUID (version 7) in text. */
export type TransactionId = Branded<string, 'TransactionId'>;
/** The journal's own id: a UUID in text. Every stored position contains it. */
export type JournalId = Branded<string, 'JournalId'>;
/** Milliseconds since the epoch. */
export type EpochMs = number;

// The only casts to a brand. Callers pass checked values, or values from an event.
export const clusterName = (text: string): ClusterName => text as ClusterName;
export const instanceId = (text: string): InstanceId => text as InstanceId;
export const taskId = (text: string): TaskId => text as TaskId;
export const transactionId = (text: string): TransactionId => text as TransactionId;
export const journalId = (text: string): JournalId => text as JournalId;

/** Names of clusters, services, families, containers and link aliases (ecs-api: 1-255 of `[A-Za-z0-9_-]`). */
export const NAME_PATTERN = /^[A-Za-z0-9_-]{1,255}$/;
