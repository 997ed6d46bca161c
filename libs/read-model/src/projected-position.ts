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
  /** Between two attempts to reach Postgres again. */
  readonly reconnectMs?: number;
  /** While somebody waits, the checkpoint is also looked at this often: an announcement may be lost with a connection. */
  readonly lookAgainMs?: number;
}

const TIMEOUT_MS = 5_000;
const RECONNECT_MS = 250;
const LOOK_AGAIN_MS = 500;
/** So many readers may wait at once; one more is told that the read model lags. */
export const READERS_WAITING_MAX = 20_000;

const LOOK = `SELECT journal, position FROM checkpoint WHERE id = 'read-model'`;

interface Reader {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

type Known = { readonly upTo: ProjectedUpTo } | { readonly away: string };

/**
 * How far the rows are, known in this process without asking: one connection listens to what projectors announce with
 * each transaction. Of a broken connection nothing is believed until the checkpoint was looked at again.
 */
export class ProjectedPosition {
  private known: Known = { away: 'not connected yet' };
  private readonly readers = new Set<Reader>();
  private readonly stopping = new AbortController();
  private readonly listening: Promise<void>;
  private client: Client | undefined;

  constructor(private readonly options: ProjectedPositionOptions) {
    this.listening = this.listen();
  }

  /** The last sequence that the rows hold, as far as is known; 0 while it is not. */
  get current(): number {
    return 'upTo' in this.known ? this.known.upTo.position : 0;
  }

  /**
   * Resolves when the rows hold `sequence`; at once, without asking anybody, when they are known to.
   * @throws ReadModelUnavailable Postgres is away; ReadModelLagging after `timeoutMs`; CheckpointRefused the rows are of
   * another journal.
   */
  reached(sequence: number, timeoutMs: number): Promise<void> {
    const answer = this.answer(sequence);
    if (answer === 'reached') return Promise.resolve();
    if (answer instanceof CheckpointRefused) return Promise.reject(answer);
    if (this.readers.size >= READERS_WAITING_MAX) {
      return Promise.reject(new ReadModelLagging('Too many wait for the read model already.'));
    }
    return new Promise((resolve, reject) => {
      const reader: Reader = {
        sequence,
        resolve,
        reject,
        timer: setTimeout(() => {
          this.release(reader);
          reject(this.tooLate(sequence, timeoutMs));
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

  private answer(sequence: number): 'reached' | 'wait' | CheckpointRefused {
    if (!('upTo' in this.known)) return 'wait';
    const { journal, position } = this.known.upTo;
    if (journal !== undefined && journal !== this.options.journal) {
      return new CheckpointRefused(`The rows are of journal ${journal}, not of ${this.options.journal}.`);
    }
    return position >= sequence ? 'reached' : 'wait';
  }

  private tooLate(sequence: number, timeoutMs: number): Error {
    if ('away' in this.known) return new ReadModelUnavailable(`The read model cannot be reached: ${this.known.away}.`);
    const { position } = this.known.upTo;
    return new ReadModelLagging(`The rows are at ${position} and did not reach ${sequence} within ${timeoutMs} ms.`);
  }

  private learn(upTo: ProjectedUpTo): void {
    // The newest word counts, even when it is lower: after a rebuild has begun the rows hold less than before.
    this.known = { upTo };
    for (const reader of this.readers) {
      const answer = this.answer(reader.sequence);
      if (answer === 'wait') continue;
      this.release(reader);
      if (answer === 'reached') reader.resolve();
      else reader.reject(answer);
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
        if (!('away' in this.known)) this.options.logger.warn({ error: away }, 'Lost sight of the read model.');
        this.known = { away };
      }
      await delay(this.options.reconnectMs ?? RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Listens until the connection breaks, which it throws, or the signal aborts. */
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
        if (upTo) this.learn(upTo);
      });
      await client.query(`LISTEN ${POSITION_CHANNEL}`);
      await this.look(client);
      while (!ended.aborted) {
        await delay(this.options.lookAgainMs ?? LOOK_AGAIN_MS, undefined, { signal: ended }).catch(() => undefined);
        // Also what finds a connection that is dead without saying so.
        if (this.readers.size > 0) await this.look(client);
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

  private async look(client: Client): Promise<void> {
    const { rows } = await client.query<{ readonly journal: JournalId | null; readonly position: string }>(LOOK);
    const row = rows[0];
    if (!row) throw new Error('the read model has no checkpoint');
    this.learn({ journal: row.journal ?? undefined, position: Number(row.position) });
  }
}
