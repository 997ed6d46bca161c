import { JETSTREAM_JOURNAL_DEFAULTS, JetStreamJournal } from '@stowage/journal';
import { connectNats } from '@stowage/runtime';
import { NatsServer } from '../support/nats-server';

/** A journal with fsync on every write and without followers, on its own server: the cost of writing alone. */
export interface RawJournal {
  readonly journal: JetStreamJournal;
  stop(): Promise<void>;
}

export async function startRawJournal(): Promise<RawJournal> {
  const nats = await NatsServer.start({ sync: 'always' });
  const { journal, close } = await openJournal(nats.url);
  return {
    journal,
    stop: async () => {
      await close();
      await nats.stop();
    },
  };
}

/** A connection of the benchmark itself, without a fold. */
export async function openJournal(
  url: string,
): Promise<{ readonly journal: JetStreamJournal; readonly close: () => Promise<void> }> {
  const connection = await connectNats({ servers: [url], name: 'bench', reconnectMs: 50, connectTimeoutMs: 5_000 });
  const journal = await JetStreamJournal.open(connection, JETSTREAM_JOURNAL_DEFAULTS);
  return {
    journal,
    close: async () => {
      await journal.close();
      await connection.close();
    },
  };
}
