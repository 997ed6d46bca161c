import { createUser, encodeUser, fmtCreds, fromPublic } from '@nats-io/jwt';
import { readerApiSubjects } from '@stowage/journal';
import { readerInboxPrefix } from '../subjects';
import type { Authority } from './authority';
import { readerSubject } from './reader-services';

/** Number of subscriptions: an inbox for pulls, one for requests, and a reserve for a client that reopens them. */
const SUBSCRIPTIONS_MAX = 16;
const PAYLOAD_MAX = 4_096;

/**
 * Returns the content of a credentials file that allows a program to pull from one consumer until `expiresAtMs`, and
 * nothing else.
 */
export async function readerCredentials(authority: Authority, consumer: string, expiresAtMs: number): Promise<string> {
  const user = createUser();
  const { next, info } = readerApiSubjects(consumer);
  const permissions = {
    pub: { allow: [next, info].map(readerSubject), deny: [] },
    sub: { allow: [`${readerInboxPrefix(consumer)}.>`], deny: [] },
  };
  const jwt = await encodeUser(
    consumer,
    user,
    fromPublic(authority.readers.publicKey),
    { ...permissions, subs: SUBSCRIPTIONS_MAX, payload: PAYLOAD_MAX },
    { signer: authority.readersSigner, exp: Math.floor(expiresAtMs / 1_000) },
  );
  return Buffer.from(fmtCreds(jwt, user)).toString();
}
