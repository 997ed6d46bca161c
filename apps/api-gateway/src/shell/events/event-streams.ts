import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventFormat, EventRequest } from '../../core/events/event-request';
import { chosen, type EntrySource, type EventText } from './event-entry';
import type { EventSource } from './event-source';

export interface EventStreamsOptions {
  /** A sign of life, and how far the stream is, goes out so often when there is nothing else to say. */
  readonly keepAliveMs: number;
  /** A reader that has not taken what was written to it for so long is let go; it can resume where it was. */
  readonly stallMs: number;
}

/** Asked at every sign of life: a reader whose access key is gone is let go. */
export type StillAllowed = () => boolean;

/** After so many milliseconds a reader that lost its connection tries again. */
const RETRY_MS = 1_000;

/** Streams of server-sent events, each written as fast as its reader takes it and no faster. */
export class EventStreams {
  private readonly closing = new AbortController();

  constructor(
    private readonly source: EventSource,
    private readonly sources: Readonly<Record<EventFormat, EntrySource>>,
    private readonly options: EventStreamsOptions,
  ) {
    setMaxListeners(0, this.closing.signal);
  }

  /** Writes to `response` until its reader goes away, stalls, or is no longer allowed. */
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
        await sink.write(chosen(entries, request, after), last);
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

/** One reader's end: writes, and waits when the reader does not keep up. */
class EventSink {
  private readonly ended = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private position: number;
  private told: number;
  private idle = true;
  private blocked = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: EventSinkOptions,
  ) {
    this.position = this.told = options.position;
    this.timer = setInterval(() => this.keepAlive(), options.keepAliveMs);
    response.once('close', () => this.ended.abort());
    response.on('error', () => this.ended.abort());
    if (response.closed) this.ended.abort();
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Ends when `signal` aborts. Returns how to take that back. */
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
      // Proxies that would collect an answer before they pass it on are asked not to.
      'x-accel-buffering': 'no',
    });
    // A reader that loses its connection before anything came knows where it was, too.
    this.response.write(`retry: ${String(RETRY_MS)}\nid: ${String(this.told)}\n\n`);
  }

  /** Events, and how far the journal was looked through for them. */
  async write(events: readonly EventText[], position: number): Promise<void> {
    this.position = position;
    if (events.length === 0) return;
    this.told = events.at(-1)?.sequence ?? this.told;
    // An id says that all of it was sent: of several with one sequence only the last bears it.
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

  /** Resolves when the reader has taken what was written, or is gone. */
  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close']) this.response.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close']) this.response.once(event, done);
    });
  }

  /** An id without data moves the reader's Last-Event-ID on, past events that it did not ask for. */
  private keepAlive(): void {
    if (!this.options.stillAllowed()) return this.end();
    if (this.idle && !this.blocked) {
      const moved = this.position > this.told;
      this.response.write(moved ? `: here\nid: ${String(this.position)}\n\n` : ': here\n\n');
      this.told = Math.max(this.told, this.position);
    }
    this.idle = true;
  }
}
