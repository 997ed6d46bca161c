import { createUser, encodeUser, fmtCreds, fromPublic } from '@nats-io/jwt';
import { readerQuestions } from '@stowage/journal';
import { readerInboxPrefix } from '../subjects';
import type { Authority } from './authority';
import { asAskedByReaders } from './reader-services';

/** An inbox for pulls, one for questions, and room for a client that opens them anew. */
const SUBSCRIPTIONS_MAX = 16;
const PAYLOAD_MAX = 4_096;

/** Content of a credentials file with which a program may pull from one consumer until `expiresAtMs`, and nothing else. */
export async function readerCredentials(authority: Authority, consumer: string, expiresAtMs: number): Promise<string> {
  const user = createUser();
  const { next, info } = readerQuestions(consumer);
  const permissions = {
    pub: { allow: [next, info].map(asAskedByReaders), deny: [] },
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
