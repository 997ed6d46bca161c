import { errorText } from '@stowage/concurrency';
import { ErrorCode, type Msg, NatsError, type NatsConnection } from 'nats';
import { JournalUnavailable } from '../journal-errors';
import { ConnectionWatch } from './connection-watch';
import { type ApiError, isMessageNotFound } from './wire';

/** Thrown when JetStream answered a request with an error. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  constructor(readonly error: ApiError) {
    super(error.description ?? `error ${String(error.code)}`);
  }
}

export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  /** Base64. */
  readonly hdrs?: string;
  readonly data?: string;
}

/** Selects a stored message: at a sequence, the first one since a time, or the first or last one on a subject. */
export type MessageQuery =
  | { readonly seq: number }
  | { readonly start_time: string }
  | { readonly seq: number; readonly next_by_subj: string }
  | { readonly last_by_subj: string };

/** JetStream requests for which the `nats` client has no suitable call. */
export class JetStreamApi {
  readonly connection: ConnectionWatch;

  constructor(
    readonly nats: NatsConnection,
    private readonly answerMs: number,
  ) {
    this.connection = new ConnectionWatch(nats);
  }

  /** @throws ApiRefusal, JournalUnavailable */
  async ask<Answer extends object>(verb: string, body?: object): Promise<Answer> {
    const payload = body && Buffer.from(JSON.stringify(body));
    const answer = await this.send(`$JS.API.${verb}`, payload);
    const parsed = answer.json<Answer & { readonly error?: ApiError }>();
    if (parsed.error) throw new ApiRefusal(parsed.error);
    return parsed;
  }

  async message(stream: string, query: MessageQuery): Promise<StoredMessage | undefined> {
    try {
      const { message } = await this.ask<{ readonly message: StoredMessage }>(`STREAM.MSG.GET.${stream}`, query);
      return message;
    } catch (error) {
      if (error instanceof ApiRefusal && isMessageNotFound(error.error)) return undefined;
      throw error;
    }
  }

  private async send(subject: string, payload: Uint8Array | undefined): Promise<Msg> {
    try {
      return await this.nats.request(subject, payload, { timeout: this.answerMs });
    } catch (error) {
      throw new JournalUnavailable(`JetStream did not answer: ${unavailableReason(error)}.`, { cause: error });
    }
  }
}

export function unavailableReason(error: unknown): string {
  if (isNoResponders(error)) return 'it is not available (yet)';
  return errorText(error);
}

/** True if no server received the message. */
export function isNoResponders(error: unknown): boolean {
  const code: string = ErrorCode.NoResponders;
  return error instanceof NatsError && error.code === code;
}
