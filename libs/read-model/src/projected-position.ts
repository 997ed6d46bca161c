import { setTimeout as delay } from 'node:timers/promises';
import type { JournalId } from '@stowage/domain';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { POSITION_CHANNEL, type ProjectedUpTo, readAnnouncement } from './announcement';
import { CheckpointRefused, ReadModelLagging, ReadModelUnavailable } from './read-model-errors';

export interface ProjectedPositionOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly journal: JournalId;
  readonly logger: Logger;
  readonly timeoutMs?: number;
  /** Delay between two attempts to connect to Postgres, in milliseconds. */
  readonly reconnectMs?: number;
  /**
   * Interval at which the checkpoint is read while readers wait, in milliseconds. A connection that breaks may lose an
   * announcement.
   */
  readonly pollMs?: number;
}

const TIMEOUT_MS = 5_000;
const RECONNECT_MS = 250;
const POLL_MS = 500;
/** Maximum number of readers that wait at once. Further readers are rejected with `ReadModelLagging`. */
export const READERS_WAITING_MAX = 20_000;

const READ_CHECKPOINT = `SELECT journal, position FROM checkpoint WHERE id = 'read-model'`;

interface Reader {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

type Known = { readonly upTo: ProjectedUpTo } | { readonly away: string };

/**
 * Position of the rows, cached in this process. One connection listens to the announcements of the projectors. After
 * the connection has broken, the position is unknown until the checkpoint has been read again.
 */
export class ProjectedPosition {
  private known: Known = { away: 'not connected yet' };
  private readonly readers = new Set<Reader>();
  private readonly stopping = new AbortController();
  private readonly listening: Promise<void>;

  constructor(private readonly options: ProjectedPositionOptions) {
    this.listening = this.listen();
  }

  /** The last known sequence that the rows contain, or 0 while it is unknown. */
  get current(): number {
    return 'upTo' in this.known ? this.known.upTo.position : 0;
  }

  /**
   * Resolves when the rows contain `sequence`; immediately, and without a query, if that is already known.
   * @throws ReadModelUnavailable if Postgres is unavailable.
   * @throws ReadModelLagging after `timeoutMs`, or if {@link READERS_WAITING_MAX} readers wait already.
   * @throws CheckpointRefused if the rows belong to another journal.
   */
  reached(sequence: number, timeoutMs: number): Promise<void> {
    const outcome = this.outcome(sequence);
    if (outcome === 'reached') return Promise.resolve();
    if (outcome instanceof CheckpointRefused) return Promise.reject(outcome);
    if (this.readers.size >= READERS_WAITING_MAX) {
      return Promise.reject(new ReadModelLagging('Too many readers wait for the read model; retry later.'));
    }
    return new Promise((resolve, reject) => {
      const reader: Reader = {
        sequence,
        resolve,
        reject,
        timer: setTimeout(() => {
          this.release(reader);
          reject(this.timeoutError(sequence, timeoutMs));
        }, timeoutMs),
      };
      this.readers.add(reader);
    });
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.listening;
    this.settleAll(new ReadModelUnavailable('The read model is closed.'));
  }

  private outcome(sequence: number): 'reached' | 'wait' | CheckpointRefused {
    if (!('upTo' in this.known)) return 'wait';
    const { journal, position } = this.known.upTo;
    if (journal !== undefined && journal !== this.options.journal) {
      return new CheckpointRefused(
        `The rows belong to journal ${journal}, but this process uses journal ${this.options.journal}.`,
      );
    }
    return position >= sequence ? 'reached' : 'wait';
  }

  private timeoutError(sequence: number, timeoutMs: number): Error {
    if ('away' in this.known) return new ReadModelUnavailable(`The read model cannot be reached: ${this.known.away}.`);
    const { position } = this.known.upTo;
    return new ReadModelLagging(`The rows are at ${position} and did not reach ${sequence} within ${timeoutMs} ms.`);
  }

  private update(upTo: ProjectedUpTo): void {
    // The latest position is valid even if it is lower, because the rows hold fewer events after a rebuild has begun.
    this.known = { upTo };
    for (const reader of this.readers) {
      const outcome = this.outcome(reader.sequence);
      if (outcome === 'wait') continue;
      this.release(reader);
      if (outcome === 'reached') reader.resolve();
      else reader.reject(outcome);
    }
  }

  private release(reader: Reader): void {
    clearTimeout(reader.timer);
    this.readers.delete(reader);
  }

  private settleAll(error: Error): void {
    for (const reader of this.readers) {
      this.release(reader);
      reader.reject(error);
    }
  }

  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.listenOnce(signal);
      } catch (error) {
        const away = error instanceof Error ? error.message || error.name : String(error);
        if (!('away' in this.known))
          this.options.logger.warn({ error: away }, 'Lost the connection to the read model in Postgres; will retry.');
        this.known = { away };
      }
      await delay(this.options.reconnectMs ?? RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Listens until the signal aborts or the connection breaks, and then throws the reason. */
  private async listenOnce(signal: AbortSignal): Promise<void> {
    const client = this.newClient();
    const ending = new AbortController();
    const ended = AbortSignal.any([signal, ending.signal]);
    client.on('error', (error) => ending.abort(error));
    client.on('end', () => ending.abort(new Error('the connection ended')));
    try {
      await client.connect();
      client.on('notification', ({ payload }) => {
        const upTo = readAnnouncement(payload);
        if (upTo) this.update(upTo);
      });
      await client.query(`LISTEN ${POSITION_CHANNEL}`);
      await this.readCheckpoint(client);
      while (!ended.aborted) {
        await delay(this.options.pollMs ?? POLL_MS, undefined, { signal: ended }).catch(() => undefined);
        // The query also detects a connection that broke without an error.
        if (this.readers.size > 0) await this.readCheckpoint(client);
      }
    } finally {
      ending.abort();
      await client.end().catch(() => undefined);
    }
    throw ended.reason;
  }

  private newClient(): Client {
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    return new Client({
      connectionString: this.options.url,
      application_name: `${this.options.applicationName}-listener`,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
    });
  }

  private async readCheckpoint(client: Client): Promise<void> {
    const { rows } = await client.query<{ readonly journal: JournalId | null; readonly position: string }>(
      READ_CHECKPOINT,
    );
    const row = rows[0];
    if (!row) throw new Error('the read model has no checkpoint');
    this.update({ journal: row.journal ?? undefined, position: Number(row.position) });
  }
}
