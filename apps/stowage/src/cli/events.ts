import { setTimeout as delay } from 'node:timers/promises';
import { NotStowage, type StowageClient, StowageUnreachable } from './stowage-client';

export interface EventsOptions {
  readonly from?: string;
  readonly cluster?: string;
  readonly type?: string;
  readonly format?: string;
}

/** Time for which the gateway may be unreachable, such as during a restart, before the command fails. */
const UNREACHABLE_MAX_MS = 60_000;
const RETRY_MS = 500;

/** Prints each event as one line of JSON. After a lost connection, continues after the last printed event. */
export async function copyEvents(
  client: StowageClient,
  options: EventsOptions,
  print: (line: string) => void,
): Promise<void> {
  const query = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
  let lastId: string | undefined;
  let answered = false;
  let deadline = Number.POSITIVE_INFINITY;
  for (;;) {
    try {
      const answer = await client.stream('/events', query, lastId === undefined ? {} : { 'last-event-id': lastId });
      if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true) throw new NotStowage();
      answered = true;
      deadline = Number.POSITIVE_INFINITY;
      for await (const { id, data } of eventsIn(answer)) {
        lastId = id ?? lastId;
        if (data !== undefined) print(data);
      }
    } catch (error) {
      if (!(error instanceof StowageUnreachable) || !answered) throw error;
      deadline = Math.min(deadline, Date.now() + UNREACHABLE_MAX_MS);
      if (Date.now() > deadline) throw error;
    }
    await delay(RETRY_MS);
  }
}

interface ServerSentEvent {
  readonly id?: string;
  readonly data?: string;
}

/** Yields the events of a response until it ends or breaks off. */
async function* eventsIn(answer: Response): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  const reader = answer.body?.getReader();
  let text = '';
  for (;;) {
    const piece = await reader?.read().catch(() => undefined);
    if (!piece || piece.done) return;
    const blocks = (text + decoder.decode(piece.value as Uint8Array, { stream: true })).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block: string): ServerSentEvent {
  const lines = block.split('\n');
  const of = (field: string): string | undefined =>
    lines.find((line) => line.startsWith(`${field}: `))?.slice(field.length + 2);
  const [id, data] = [of('id'), of('data')];
  return { ...(id !== undefined && { id }), ...(data !== undefined && { data }) };
}
