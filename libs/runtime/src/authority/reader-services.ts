import type { Export, Import } from '@nats-io/jwt';
import { readerQuestions } from '@stowage/journal';

/** What readers give their NATS client as the prefix of the JetStream API. */
export const READER_API_PREFIX = 'stowage.events';

/**
 * What the deployment's account answers to the account of the readers: the next messages of one consumer of the journal,
 * and what that consumer is. Between accounts NATS answers at a subject that it makes itself, and hands the
 * answer to who asked inside of his own account: wherever a reader wants an answer, it gets nowhere else.
 */
export const READER_EXPORTS: readonly Export[] = [
  {
    name: 'next-events',
    subject: readerQuestions('*').next,
    type: 'service',
    // One question, many answers.
    response_type: 'Stream',
  },
  { name: 'reader-info', subject: readerQuestions('*').info, type: 'service', response_type: 'Singleton' },
];

export const readerImports = (account: string): readonly Import[] =>
  READER_EXPORTS.map(({ name, subject }) => ({
    name,
    subject,
    local_subject: asAskedByReaders(subject).replace('*', '$1'),
    type: 'service',
    account,
  }));

/** Where a reader asks what the deployment's account hears at `subject`: every account has a JetStream API of its own. */
export const asAskedByReaders = (subject: string): string => subject.replace(/^\$JS\.API/, READER_API_PREFIX);
