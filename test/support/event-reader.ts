import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { ACCESS_KEY } from './gateway';

export interface ReceivedEvent {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventReaderOptions {
  readonly lastEventId?: string;
  readonly accessKey?: typeof ACCESS_KEY;
  /** Puts the signature into the URL, as a browser's `EventSource` needs it. */
  readonly presigned?: boolean;
}

/** An event that is parsed when its data is read, because hundreds of readers share one process. */
class Received implements ReceivedEvent {
  constructor(
    readonly id: string,
    private readonly text: string,
  ) {}

  get data(): ReceivedEvent['data'] {
    return JSON.parse(this.text) as ReceivedEvent['data'];
  }
}

const SIGNER = { region: 'us-east-1', service: 'ecs', sha256: Sha256 };

/** A client of `GET /events` whose reading the test can pause. */
export class EventReader {
  readonly events: ReceivedEvent[] = [];
  /** The last id that was received, with or without an event. */
  lastId = '';
  comments = 0;
  ended = false;
  private text = '';

  private constructor(
    private readonly sending: ClientRequest,
    readonly answer: IncomingMessage,
  ) {
    answer.setEncoding('utf8');
    answer.on('data', (piece: string) => this.take(piece));
    for (const end of ['end', 'close', 'error']) answer.on(end, () => (this.ended = true));
  }

  static async open(url: string, query: object = {}, options: EventReaderOptions = {}): Promise<EventReader> {
    const endpoint = new URL('/events', url);
    const signer = new SignatureV4({ ...SIGNER, credentials: options.accessKey ?? ACCESS_KEY });
    const parameters = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const unsigned = {
      method: 'GET',
      protocol: 'http:',
      hostname: endpoint.hostname,
      path: endpoint.pathname,
      query: parameters,
      headers: { host: endpoint.host },
    };
    const signed = options.presigned ? await signer.presign(unsigned) : await signer.sign(unsigned);
    endpoint.search = new URLSearchParams(signed.query as Record<string, string>).toString();
    const headers = { ...signed.headers, ...(options.lastEventId && { 'last-event-id': options.lastEventId }) };
    return new Promise((resolve, reject) => {
      const sending = httpRequest(endpoint, { headers, agent: false }, (answer) =>
        resolve(new EventReader(sending, answer)),
      );
      sending.on('error', reject);
      sending.end();
    });
  }

  /** Resolves with status, type and message of the error with which the request was rejected. */
  async refusal(): Promise<string> {
    while (!this.ended) await new Promise((resolve) => setTimeout(resolve, 5));
    const { __type: type, message } = JSON.parse(this.text) as { __type: string; message: string };
    return `${String(this.answer.statusCode)} ${type}: ${message}`;
  }

  get sequences(): readonly number[] {
    return this.events.map(({ id }) => Number(id));
  }

  close(): void {
    this.sending.destroy();
  }

  private take(piece: string): void {
    const blocks = (this.text + piece).split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) this.takeBlock(block.split('\n'));
  }

  private takeBlock(lines: readonly string[]): void {
    const of = (field: string): string | undefined =>
      lines.find((line) => line.startsWith(`${field}: `))?.slice(field.length + 2);
    this.comments += lines.filter((line) => line.startsWith(':')).length;
    this.lastId = of('id') ?? this.lastId;
    const data = of('data');
    if (data !== undefined) this.events.push(new Received(this.lastId, data));
  }
}
