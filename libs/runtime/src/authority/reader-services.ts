import type { Export, Import } from '@nats-io/jwt';
import { readerApiSubjects } from '@stowage/journal';

/** The prefix of the JetStream API that readers configure in their NATS client. */
export const READER_API_PREFIX = 'stowage.events';

/**
 * Services that the deployment's account exports to the account of the readers: the next messages of one consumer of
 * the journal, and information about that consumer. Between accounts, NATS replaces the reply subject by one of its own
 * and delivers the answer inside the account of the requester. An answer can therefore never be redirected into the
 * deployment's account.
 */
export const READER_EXPORTS: readonly Export[] = [
  {
    name: 'next-events',
    subject: readerApiSubjects('*').next,
    type: 'service',
    // One request has several answers.
    response_type: 'Stream',
  },
  { name: 'reader-info', subject: readerApiSubjects('*').info, type: 'service', response_type: 'Singleton' },
];

export const readerImports = (account: string): readonly Import[] =>
  READER_EXPORTS.map(({ name, subject }) => ({
    name,
    subject,
    local_subject: readerSubject(subject).replace('*', '$1'),
    type: 'service',
    account,
  }));

/**
 * Returns the subject on which readers reach the service at `subject`. Each account has a JetStream API of its own, so
 * readers need another prefix.
 */
export const readerSubject = (subject: string): string => subject.replace(/^\$JS\.API/, READER_API_PREFIX);
