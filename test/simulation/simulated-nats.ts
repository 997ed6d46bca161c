import type { Random } from '@stowage/domain';
import type {
  Msg,
  MsgHdrs,
  NatsConnection,
  PublishOptions,
  RequestOptions,
  Subscription,
  SubscriptionOptions,
} from 'nats';
import type { Faults } from './faults';
import type { Life, VirtualTime } from './virtual-time';

interface Listener {
  readonly tokens: readonly string[];
  readonly queue: string | undefined;
  readonly life: Life;
  readonly callback: (error: null, message: Msg) => void;
}

interface Sent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly reply: string | undefined;
}

/** Messages that may arrive twice without harm: agents repeat theirs, and a controller's query becomes outdated. */
const MAY_BE_REPEATED = /^agents\.|\.PlaceServiceTasks$/;

/** Messages between processes. They are delayed, lost, reordered or duplicated. */
export class SimulatedNetwork {
  private readonly listeners = new Set<Listener>();
  private inboxes = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly faults: Faults,
  ) {}

  /** A connection of the process of `life`. It has the part of NATS's client that the code under test uses. */
  connect(life: Life): NatsConnection {
    const connection = {
      publish: (subject: string, data: Uint8Array = new Uint8Array(), options: PublishOptions = {}) => {
        this.send({ subject, data, headers: options.headers, reply: options.reply });
      },
      subscribe: (subject: string, options: SubscriptionOptions = {}) => this.subscribe(life, subject, options),
      request: (subject: string, data: Uint8Array, options: RequestOptions) =>
        this.request(life, subject, data, options),
      flush: () => this.time.sleep(life, this.faults.hopMs()),
      close: () => Promise.resolve(),
    };
    return connection as unknown as NatsConnection;
  }

  /** Ends the subscriptions of a dead process. */
  disconnect(life: Life): void {
    for (const listener of this.listeners) if (listener.life === life) this.listeners.delete(listener);
  }

  private subscribe(life: Life, subject: string, { queue, callback }: SubscriptionOptions): Subscription {
    const listener: Listener = {
      tokens: subject.split('.'),
      queue,
      life,
      callback: (_error, message) => callback?.(null, message),
    };
    this.listeners.add(listener);
    const unsubscribe = (): void => void this.listeners.delete(listener);
    const drain = (): Promise<void> => {
      unsubscribe();
      return Promise.resolve();
    };
    return { unsubscribe, drain } as unknown as Subscription;
  }

  private request(life: Life, subject: string, data: Uint8Array, { timeout }: RequestOptions): Promise<Msg> {
    this.inboxes += 1;
    const reply = `_INBOX.${String(this.inboxes)}`;
    return new Promise((resolve, reject) => {
      const answered = this.subscribe(life, reply, {
        callback: (_error, message) => {
          answered.unsubscribe();
          late.isCancelled = true;
          resolve(message);
        },
      });
      const late = this.time.schedule(life, timeout, () => {
        answered.unsubscribe();
        reject(new Error('TIMEOUT'));
      });
      this.send({ subject, data, headers: undefined, reply });
    });
  }

  private send(sent: Sent): void {
    const tokens = sent.subject.split('.');
    const heard = [...this.listeners].filter((listener) => matches(listener.tokens, tokens));
    const queues = new Map<string, Listener[]>();
    for (const listener of heard) {
      if (listener.queue === undefined) this.deliver(listener, sent);
      else queues.set(listener.queue, [...(queues.get(listener.queue) ?? []), listener]);
    }
    for (const members of queues.values()) {
      const member = members[this.random.below(members.length)];
      if (member) this.deliver(member, sent);
    }
  }

  private deliver(listener: Listener, sent: Sent): void {
    if (this.faults.isRequestLost()) return;
    const arrive = (): void => {
      if (this.listeners.has(listener)) listener.callback(null, this.message(sent));
    };
    this.time.schedule(listener.life, this.faults.hopMs(), arrive);
    if (MAY_BE_REPEATED.test(sent.subject) && this.faults.isRepeated()) {
      this.time.schedule(listener.life, this.faults.hopMs(), arrive);
    }
  }

  private message({ subject, data, headers, reply }: Sent): Msg {
    const respond = (answer: Uint8Array = new Uint8Array(), options: PublishOptions = {}): boolean => {
      if (reply !== undefined) this.send({ subject: reply, data: answer, headers: options.headers, reply: undefined });
      return reply !== undefined;
    };
    const text = (): string => Buffer.from(data).toString('utf8');
    const message = { subject, data, headers, reply, respond, string: text, json: () => JSON.parse(text()) as unknown };
    return message as unknown as Msg;
  }
}

function matches(pattern: readonly string[], subject: readonly string[]): boolean {
  return (
    pattern.length === subject.length && pattern.every((token, at) => token === '*' || token === (subject[at] ?? ''))
  );
}
