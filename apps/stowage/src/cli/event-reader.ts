import { fieldsOf, NotStowage, STOWAGE_TARGET, type StowageClient } from './stowage-client';

export interface EventReaderOptions {
  readonly from?: string;
  readonly cluster?: string;
  readonly expiresInSeconds?: number;
}

/**
 * Requests credentials for reading events from NATS. Resolves with them as JSON, with the addresses that a program
 * needs.
 * @throws UserError if the gateway rejects the request or does not respond.
 */
export async function createEventReader(client: StowageClient, options: EventReaderOptions): Promise<string> {
  const access = fieldsOf(await client.call(`${STOWAGE_TARGET}.CreateEventReader`, options));
  if (typeof access['credentials'] !== 'string') throw new NotStowage();
  return JSON.stringify(access, undefined, 2);
}
