import 'reflect-metadata';
import type { OwnerName } from '@stowage/runtime';
import type { Msg, NatsConnection } from 'nats';

/** Metadata key under which Nest stores the patterns of `@MessagePattern`. */
const PATTERNS = 'microservices:pattern';

interface Packet {
  readonly data: unknown;
  readonly id?: string;
}

/**
 * Subscribes controllers to their patterns and answers in the format of Nest's NATS transport. It replaces
 * `OwnerServer`, because a Nest application is too slow to start at each of thousands of restarts.
 */
export function serveControllers(nats: NatsConnection, owner: OwnerName, controllers: readonly object[]): void {
  for (const controller of controllers) {
    const prototype: object = Object.getPrototypeOf(controller) as object;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const handler: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
      if (typeof handler !== 'function') continue;
      const patterns = Reflect.getMetadata(PATTERNS, handler) as readonly string[] | undefined;
      for (const subject of patterns ?? []) {
        const handle = (data: unknown): Promise<unknown> => Promise.resolve(Reflect.apply(handler, controller, [data]));
        nats.subscribe(subject, { queue: owner, callback: (_error, message) => void answer(message, handle) });
      }
    }
  }
}

async function answer(message: Msg, handle: (data: unknown) => Promise<unknown>): Promise<void> {
  const { id, data } = message.json<Packet>();
  const respond = (packet: object): void => {
    message.respond(Buffer.from(JSON.stringify({ id, isDisposed: true, ...packet })));
  };
  try {
    respond({ response: await handle(data) });
  } catch (error) {
    respond({ err: { status: 'error', message: error instanceof Error ? error.message : String(error) } });
  }
}
