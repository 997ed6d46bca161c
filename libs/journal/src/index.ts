/**
 * The event log: the journal as a port with a JetStream and an in-memory adapter, the follower that folds it into
 * `ClusterState`, snapshots of that fold, and the command handler (read, decide, commit, retry on conflict).
 *
 * It handles events as data. libs/domain defines their meaning, and the apps define the commands. docs/journal.md has
 * the terms and the invariants.
 */
export * from './command-handler';
export * from './fold';
export * from './follower';
export * from './journal';
export * from './journal-command-handler';
export * from './journal-errors';
export * from './last-sequences';
export * from './memory-journal';
export * from './past-states';
export * from './recent-keys';
export {
  JOURNAL_STREAM,
  everyLoadBalancer,
  everythingOfCluster,
  ledgersOfCluster,
  readableSubjects,
  subjectOf,
  subjectOfEvent,
} from './subjects';
export {
  JETSTREAM_JOURNAL_DEFAULTS,
  JetStreamJournal,
  type JetStreamJournalOptions,
} from './jetstream/jetstream-journal';
export {
  ReaderConsumers,
  type ReaderConsumerOptions,
  readerApiSubjects,
  type ReaderStart,
} from './jetstream/reader-consumers';
export { JournalUnfit, NATS_VERSION_MIN } from './jetstream/stream';
export { UnknownEvent } from './upcasters';
export * from './snapshots/snapshots';
export { foldVersion, RUNNING_FOLD } from './snapshots/fold-version';
