import { everything, JOURNAL_STREAM } from '../subjects';
import { ApiRefusal, type JetStreamApi } from './jetstream-api';
import { isStreamNotFound } from './wire';

/** Older servers lack atomic batches, or compare sequences unsafely (docs/journal.md, "JetStream"). */
export const NATS_VERSION_MIN = '2.12.0';

/**
 * Thrown when this server or stream cannot hold the journal. The message is a sentence for the operator, and the start
 * fails with it.
 */
export class JournalUnfit extends Error {
  override readonly name = 'JournalUnfit';
}

interface StreamConfig {
  readonly name: string;
  readonly subjects?: readonly string[];
  readonly retention: string;
  readonly storage: string;
  readonly max_msgs: number;
  readonly max_bytes: number;
  readonly max_age: number;
  readonly max_msgs_per_subject: number;
  readonly max_consumers: number;
  readonly num_replicas: number;
  readonly duplicate_window: number;
  readonly deny_delete: boolean;
  readonly deny_purge: boolean;
  readonly allow_atomic?: boolean;
  readonly allow_rollup_hdrs?: boolean;
  readonly allow_msg_ttl?: boolean;
  readonly sealed?: boolean;
  readonly discard: string;
}

export interface StreamInfo {
  readonly config: StreamConfig;
  readonly state: { readonly first_seq: number; readonly last_seq: number };
}

const NANOSECONDS = 1_000_000;
/** Time for which the stream itself recognises a repeated client token. */
export const DUPLICATE_WINDOW_MS = 60 * 60 * 1_000;

/** File storage without any limit, because a journal must not lose messages. */
const definition = (replicas: number): StreamConfig => ({
  name: JOURNAL_STREAM,
  subjects: [everything],
  retention: 'limits',
  storage: 'file',
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  max_consumers: -1,
  num_replicas: replicas,
  duplicate_window: DUPLICATE_WINDOW_MS * NANOSECONDS,
  deny_delete: true,
  deny_purge: true,
  allow_atomic: true,
  discard: 'new',
});

/** @throws JournalUnfit */
export function checkServerVersion(version: string): void {
  if (compareVersions(version, NATS_VERSION_MIN) >= 0) return;
  throw new JournalUnfit(
    `Stowage needs NATS ${NATS_VERSION_MIN} or newer for its journal (atomic batches); this server is ${version}.`,
  );
}

function compareVersions(one: string, other: string): number {
  const numbers = (version: string): readonly number[] =>
    (version.split('-')[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [numbers(one), numbers(other)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Creates the stream if it does not exist, and adds replicas if more are configured.
 * @throws JournalUnfit
 */
export async function openStream(api: JetStreamApi, replicas: number): Promise<StreamInfo> {
  const found = (await streamInfo(api)) ?? (await createStream(api, replicas));
  const wrong = faultsOf(found.config);
  if (wrong.length > 0) {
    throw new JournalUnfit(`The stream ${JOURNAL_STREAM} is not fit to be the journal: ${wrong.join('; ')}.`);
  }
  if (found.config.num_replicas >= replicas) return found;
  return api.ask<StreamInfo>(`STREAM.UPDATE.${JOURNAL_STREAM}`, { ...found.config, num_replicas: replicas });
}

/** @throws ApiRefusal, JournalUnavailable */
export async function streamInfo(api: JetStreamApi): Promise<StreamInfo | undefined> {
  try {
    return await api.ask<StreamInfo>(`STREAM.INFO.${JOURNAL_STREAM}`);
  } catch (error) {
    if (error instanceof ApiRefusal && isStreamNotFound(error.error)) return undefined;
    throw error;
  }
}

/** Two processes may do this at the same time: the definition is the same, so both succeed. */
async function createStream(api: JetStreamApi, replicas: number): Promise<StreamInfo> {
  try {
    return await api.ask<StreamInfo>(`STREAM.CREATE.${JOURNAL_STREAM}`, definition(replicas));
  } catch (error) {
    const raced = error instanceof ApiRefusal ? await streamInfo(api) : undefined;
    if (raced) return raced;
    throw error;
  }
}

/** Returns why a stream is not fit: settings that would trim it, or that would allow changes of stored messages. */
export function faultsOf(config: StreamConfig): readonly string[] {
  const checks: readonly (readonly [boolean, string])[] = [
    [config.retention !== 'limits', `its retention is ${config.retention}`],
    [config.storage !== 'file', `it is kept in ${config.storage}`],
    [config.max_msgs > 0, `it keeps only ${String(config.max_msgs)} messages`],
    [config.max_bytes > 0, `it keeps only ${String(config.max_bytes)} bytes`],
    [config.max_age > 0, 'it deletes messages by age'],
    [config.max_msgs_per_subject > 0, `it keeps only ${String(config.max_msgs_per_subject)} messages per subject`],
    [!config.deny_delete, 'messages may be deleted from it'],
    [!config.deny_purge, 'it may be purged'],
    [config.allow_atomic !== true, 'it does not accept atomic batches'],
    [config.allow_rollup_hdrs === true, 'a message may roll up others'],
    [config.allow_msg_ttl === true, 'messages may expire'],
    [config.sealed === true, 'it is sealed'],
    [!(config.subjects ?? []).includes(everything), `it does not listen on ${everything}`],
  ];
  return checks.filter(([wrong]) => wrong).map(([, sentence]) => sentence);
}
