import { fieldsOf, NotStowage, STOWAGE_TARGET, type StowageClient } from './stowage-client';

export interface JoinTokenOptions {
  readonly cluster?: string;
  readonly expiresInSeconds?: number;
  readonly oneTime: boolean;
}

/** Asks the gateway for the right to join a machine. @throws ClearFailure */
export async function createJoinToken(client: StowageClient, options: JoinTokenOptions): Promise<string> {
  const { token } = fieldsOf(await client.call(`${STOWAGE_TARGET}.CreateJoinToken`, options));
  if (typeof token !== 'string') throw new NotStowage();
  return token;
}
