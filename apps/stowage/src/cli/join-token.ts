import { fieldsOf, NotStowage, STOWAGE_TARGET, type StowageClient } from './stowage-client';

export interface JoinTokenOptions {
  readonly cluster?: string;
  readonly expiresInSeconds?: number;
  readonly oneTime: boolean;
}

/**
 * Requests a token that permits a machine to join. @throws UserError if the gateway rejects the request or does not
 * respond.
 */
export async function createJoinToken(client: StowageClient, options: JoinTokenOptions): Promise<string> {
  const { token } = fieldsOf(await client.call(`${STOWAGE_TARGET}.CreateJoinToken`, options));
  if (typeof token !== 'string') throw new NotStowage();
  return token;
}
