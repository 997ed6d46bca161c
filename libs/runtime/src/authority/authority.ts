import {
  createAccount,
  createOperator,
  createUser,
  decode,
  encodeAccount,
  encodeOperator,
  encodeUser,
  fmtCreds,
  fromPublic,
  fromSeed,
  type KeyPair,
} from '@nats-io/jwt';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { InstanceId } from '@stowage/domain';
import { readIfThere, readOrMakePrivate, writePrivate } from '../private-files';
import { agentInboxPrefix, allOfAgent } from '../subjects';
import { READER_EXPORTS, readerImports } from './reader-services';

/**
 * Who may speak on NATS. The deployment is its own operator with an account for itself; its signing key makes users:
 * the control plane, which may do everything in the account, and each agent, which may only speak as its own instance.
 * Programs that read events are users of another account ({@link READER_EXPORTS}).
 */
export interface Authority {
  readonly directory: string;
  readonly operatorJwt: string;
  readonly account: { readonly publicKey: string; readonly jwt: string };
  /** NATS's own, without users. */
  readonly systemAccount: { readonly publicKey: string; readonly jwt: string };
  readonly signer: KeyPair;
  /** Of programs that read events: it imports two questions of the deployment's account, and has nothing of its own. */
  readonly readers: { readonly publicKey: string; readonly jwt: string };
  readonly readersSigner: KeyPair;
}

const NAME = 'stowage';
const UNLIMITED = -1;
/** An agent answers a question for logs at the latest so long after it came. */
const ANSWER_WITHIN_NS = 60_000_000_000;
/** Hint, logs, an inbox for answers, and room for what a newer agent may need. */
const AGENT_SUBSCRIPTIONS_MAX = 32;
/** Of all readers together: they never take the servers' connections from the control plane. */
const READER_CONNECTIONS_MAX = 1_000;

/** Makes the deployment's keys in `directory` at the first time, for their owner only, and reads them afterwards. */
export async function createAuthority(directory: string): Promise<Authority> {
  const operator = keyIn(directory, 'operator.seed', createOperator);
  const account = keyIn(directory, 'account.seed', createAccount);
  const system = keyIn(directory, 'system.seed', createAccount);
  const signer = keyIn(directory, 'account-signing.seed', createAccount);
  const readers = keyIn(directory, 'readers.seed', createAccount);
  const limits = {
    ...{ subs: UNLIMITED, conn: UNLIMITED, leaf: 0, imports: 0, exports: 0, data: UNLIMITED, payload: UNLIMITED },
    ...{ wildcards: true, disallow_bearer: true },
  };
  const storage = { mem_storage: UNLIMITED, disk_storage: UNLIMITED, streams: UNLIMITED, consumer: UNLIMITED };
  const operatorJwt = await kept(directory, 'operator.jwt', () =>
    encodeOperator(NAME, operator, { system_account: system.getPublicKey() }),
  );
  const exported = { limits: { ...limits, ...storage, exports: READER_EXPORTS.length }, exports: [...READER_EXPORTS] };
  const accountJwt = await kept(directory, 'account.jwt', () =>
    encodeAccount(NAME, account, { ...exported, signing_keys: [signer.getPublicKey()] }, { signer: operator }),
  );
  const imports = [...readerImports(account.getPublicKey())];
  const readersJwt = await kept(directory, 'readers.jwt', () =>
    encodeAccount(
      'READERS',
      readers,
      { limits: { ...limits, conn: READER_CONNECTIONS_MAX, imports: imports.length }, imports },
      { signer: operator },
    ),
  );
  const systemJwt = await kept(directory, 'system.jwt', () =>
    encodeAccount('SYS', system, { limits }, { signer: operator }),
  );
  return {
    directory,
    operatorJwt,
    account: { publicKey: account.getPublicKey(), jwt: accountJwt },
    systemAccount: { publicKey: system.getPublicKey(), jwt: systemJwt },
    signer,
    readers: { publicKey: readers.getPublicKey(), jwt: readersJwt },
    readersSigner: readers,
  };
}

/** File with the credentials of the control plane's processes; made at the first time. */
export async function controlPlaneCredentials(authority: Authority): Promise<string> {
  const path = join(authority.directory, 'control-plane.creds');
  if (readIfThere(path) === undefined) {
    const user = createUser();
    const jwt = await encodeUser('control-plane', user, fromPublic(authority.account.publicKey), undefined, {
      signer: authority.signer,
    });
    readOrMakePrivate(path, () => Buffer.from(fmtCreds(jwt, user)).toString());
  }
  return path;
}

/**
 * A JWT with which the holder of `publicKey`'s seed may speak as one instance, hear what is said to it, and answer. The
 * rest, JetStream included, is closed to it.
 */
export function agentCredentials(authority: Authority, publicKey: string, instance: InstanceId): Promise<string> {
  const own = allOfAgent(instance);
  const permissions = {
    pub: { allow: [own], deny: [] },
    sub: { allow: [own, `${agentInboxPrefix(instance)}.>`], deny: [] },
    resp: { max: 1, ttl: ANSWER_WITHIN_NS },
  };
  return encodeUser(
    `agent-${instance}`,
    fromPublic(publicKey),
    fromPublic(authority.account.publicKey),
    { ...permissions, subs: AGENT_SUBSCRIPTIONS_MAX },
    { signer: authority.signer },
  );
}

/** An agent's keys: what is public goes to the control plane, the seed stays. */
export function newAgentKeys(): { readonly publicKey: string; readonly seed: string } {
  const user = createUser();
  return { publicKey: user.getPublicKey(), seed: Buffer.from(user.getSeed()).toString() };
}

export function agentPublicKey(seed: string): string {
  return fromSeed(Buffer.from(seed)).getPublicKey();
}

/** The content of a credentials file. */
export function credentialsText(jwt: string, seed: string): string {
  return Buffer.from(fmtCreds(jwt, fromSeed(Buffer.from(seed)))).toString();
}

function keyIn(directory: string, name: string, create: () => KeyPair): KeyPair {
  const seed = readOrMakePrivate(join(directory, name), () => Buffer.from(create().getSeed()).toString());
  return fromSeed(Buffer.from(seed.trim()));
}

/** What was kept, unless an older version made it for something else: then it is made anew. */
async function kept(directory: string, name: string, make: () => Promise<string>): Promise<string> {
  const path = join(directory, name);
  const there = readIfThere(path);
  const made = await make();
  if (there !== undefined && isDeepStrictEqual(claimsOf(there), claimsOf(made))) return there;
  writePrivate(path, made);
  return made;
}

/** What a JWT says, without when it was said. */
function claimsOf(jwt: string): object {
  const { iss, sub, name, nats } = decode(jwt);
  return { iss, sub, name, nats };
}
