import { fieldsOf, NotStowage, STOWAGE_TARGET, type StowageClient } from './stowage-client';

export interface EventReaderOptions {
  readonly from?: string;
  readonly cluster?: string;
  readonly expiresInSeconds?: number;
}

/** Asks the gateway for the right to read events from NATS: JSON with all that a program needs. @throws ClearFailure */
export async function createEventReader(client: StowageClient, options: EventReaderOptions): Promise<string> {
  const access = fieldsOf(await client.call(`${STOWAGE_TARGET}.CreateEventReader`, options));
  if (typeof access['credentials'] !== 'string') throw new NotStowage();
  return JSON.stringify(access, undefined, 2);
}
