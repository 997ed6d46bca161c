import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventFormat, EventRequest } from '../../core/events/event-request';
import { matchingEvents, type EntrySource, type EventText } from './event-entry';
import type { EventSource } from './event-source';

export interface EventStreamsOptions {
  /** Interval of keep-alive comments, which also contain the position of the stream, while there are no events. */
  readonly keepAliveMs: number;
  /** Time after which a reader that does not accept data is disconnected. It can resume at its last position. */
  readonly stallMs: number;
}

/** Checked at each keep-alive interval. A reader whose access key was deleted is disconnected. */
export type StillAllowed = () => boolean;

/** Delay after which a reader that lost its connection reconnects, in milliseconds. */
const RETRY_MS = 1_000;

/** Streams of server-sent events. Each is written only as fast as its reader accepts data. */
export class EventStreams {
  private readonly closing = new AbortController();

  constructor(
    private readonly source: EventSource,
    private readonly sources: Readonly<Record<EventFormat, EntrySource>>,
    private readonly options: EventStreamsOptions,
  ) {
    setMaxListeners(0, this.closing.signal);
  }

  /** Writes to `response` until its reader disconnects, stalls, or is no longer authorized. */
  async serve(
    request: EventRequest,
    {
      response,
      headers,
    }: { readonly response: () => ServerResponse; readonly headers: Readonly<Record<string, string>> },
    stillAllowed: StillAllowed,
  ): Promise<void> {
    const { position, after } = await this.source.startAt(request.start);
    const follow = await this.sources[request.format].open(position);
    const sink = new EventSink(response(), { ...this.options, position: after, stillAllowed });
    const unlink = sink.endWith(this.closing.signal);
    try {
      sink.begin({ ...headers, 'x-stowage-sequence': String(position) });
      for await (const entries of follow(sink.signal)) {
        const last = entries.at(-1)?.transaction.sequence ?? position;
        await sink.write(matchingEvents(entries, request, after), last);
      }
    } finally {
      unlink();
      sink.end();
    }
  }

  close(): void {
    this.closing.abort();
  }
}

interface EventSinkOptions extends EventStreamsOptions {
  readonly position: number;
  readonly stillAllowed: StillAllowed;
}

/** The connection of one reader. Writing waits while the reader does not keep up. */
class EventSink {
  private readonly ended = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private position: number;
  private lastSent: number;
  private idle = true;
  private blocked = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: EventSinkOptions,
  ) {
    this.position = this.lastSent = options.position;
    this.timer = setInterval(() => this.keepAlive(), options.keepAliveMs);
    response.once('close', () => this.ended.abort());
    response.on('error', () => this.ended.abort());
    if (response.closed) this.ended.abort();
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Ends the stream when `signal` aborts. Returns a function that removes the listener. */
  endWith(signal: AbortSignal): () => void {
    const end = (): void => this.end();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    return () => signal.removeEventListener('abort', end);
  }

  begin(headers: Readonly<Record<string, string>>): void {
    this.response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Asks proxies not to buffer the response.
      'x-accel-buffering': 'no',
    });
    // A reader that loses its connection before the first event needs its position, too.
    this.response.write(`retry: ${String(RETRY_MS)}\nid: ${String(this.lastSent)}\n\n`);
  }

  /** Writes events, and records the position up to which the journal was searched for them. */
  async write(events: readonly EventText[], position: number): Promise<void> {
    this.position = position;
    if (events.length === 0) return;
    this.lastSent = events.at(-1)?.sequence ?? this.lastSent;
    // An id confirms all events with its sequence, so only the last one of them carries it.
    const isLast = ({ sequence }: EventText, at: number): boolean => events[at + 1]?.sequence !== sequence;
    const blocks = events.map(
      (each, at) => (isLast(each, at) ? `id: ${String(each.sequence)}\n` : '') + `data: ${each.json}\n\n`,
    );
    await this.send(blocks.join(''));
  }

  end(): void {
    clearInterval(this.timer);
    this.ended.abort();
    this.response.end();
  }

  private async send(text: string): Promise<void> {
    this.idle = false;
    if (this.response.write(text) || this.signal.aborted) return;
    this.blocked = true;
    const stalled = setTimeout(() => this.response.destroy(), this.options.stallMs);
    await this.drained();
    clearTimeout(stalled);
    this.blocked = false;
  }

  /** Resolves when the reader has accepted the data or has disconnected. */
  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close']) this.response.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close']) this.response.once(event, done);
    });
  }

  /** Sends a comment. An id without data moves the reader's Last-Event-ID past events that its filters exclude. */
  private keepAlive(): void {
    if (!this.options.stillAllowed()) return this.end();
    if (this.idle && !this.blocked) {
      const moved = this.position > this.lastSent;
      this.response.write(moved ? `: here\nid: ${String(this.position)}\n\n` : ': here\n\n');
      this.lastSent = Math.max(this.lastSent, this.position);
    }
    this.idle = true;
  }
}
