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
import { readIfExists, readOrCreatePrivate, writePrivate } from '../private-files';
import { agentInboxPrefix, allAgentSubjects } from '../subjects';
import { READER_EXPORTS, readerImports } from './reader-services';

/**
 * Keys and accounts that control access to NATS. The deployment is its own operator and has one account. Its signing
 * key creates users: the control plane, which has all permissions in the account, and each agent, which may publish and
 * subscribe only as its own instance. Programs that read events are users of another account ({@link READER_EXPORTS}).
 */
export interface Authority {
  readonly directory: string;
  readonly operatorJwt: string;
  readonly account: { readonly publicKey: string; readonly jwt: string };
  /** The system account of NATS; it has no users. */
  readonly systemAccount: { readonly publicKey: string; readonly jwt: string };
  readonly signer: KeyPair;
  /**
   * The account of programs that read events. It imports two services of the deployment's account and has nothing of
   * its own.
   */
  readonly readers: { readonly publicKey: string; readonly jwt: string };
  readonly readersSigner: KeyPair;
}

const NAME = 'stowage';
const UNLIMITED = -1;
/** Time within which an agent may answer a request for logs. */
const RESPONSE_TIMEOUT_NS = 60_000_000_000;
/** Number of subscriptions of an agent: hints, logs, an inbox for answers, and a reserve for newer agents. */
const AGENT_SUBSCRIPTIONS_MAX = 32;
/** Maximum number of connections of all readers together, so that they never exhaust the servers' connections. */
const READER_CONNECTIONS_MAX = 1_000;

/** Creates the deployment's keys in `directory` if they do not exist, readable only by the owner, and reads them. */
export async function createAuthority(directory: string): Promise<Authority> {
  const operator = readOrCreateKey(directory, 'operator.seed', createOperator);
  const account = readOrCreateKey(directory, 'account.seed', createAccount);
  const system = readOrCreateKey(directory, 'system.seed', createAccount);
  const signer = readOrCreateKey(directory, 'account-signing.seed', createAccount);
  const readers = readOrCreateKey(directory, 'readers.seed', createAccount);
  const limits = {
    ...{ subs: UNLIMITED, conn: UNLIMITED, leaf: 0, imports: 0, exports: 0, data: UNLIMITED, payload: UNLIMITED },
    ...{ wildcards: true, disallow_bearer: true },
  };
  const storage = { mem_storage: UNLIMITED, disk_storage: UNLIMITED, streams: UNLIMITED, consumer: UNLIMITED };
  const operatorJwt = await storedOrNew(directory, 'operator.jwt', () =>
    encodeOperator(NAME, operator, { system_account: system.getPublicKey() }),
  );
  const exported = { limits: { ...limits, ...storage, exports: READER_EXPORTS.length }, exports: [...READER_EXPORTS] };
  const accountJwt = await storedOrNew(directory, 'account.jwt', () =>
    encodeAccount(NAME, account, { ...exported, signing_keys: [signer.getPublicKey()] }, { signer: operator }),
  );
  const imports = [...readerImports(account.getPublicKey())];
  const readersJwt = await storedOrNew(directory, 'readers.jwt', () =>
    encodeAccount(
      'READERS',
      readers,
      { limits: { ...limits, conn: READER_CONNECTIONS_MAX, imports: imports.length }, imports },
      { signer: operator },
    ),
  );
  const systemJwt = await storedOrNew(directory, 'system.jwt', () =>
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

/** Returns the path of the credentials file of the control plane's processes. Creates it if it does not exist. */
export async function controlPlaneCredentials(authority: Authority): Promise<string> {
  const path = join(authority.directory, 'control-plane.creds');
  if (readIfExists(path) === undefined) {
    const user = createUser();
    const jwt = await encodeUser('control-plane', user, fromPublic(authority.account.publicKey), undefined, {
      signer: authority.signer,
    });
    readOrCreatePrivate(path, () => Buffer.from(fmtCreds(jwt, user)).toString());
  }
  return path;
}

/**
 * Returns a JWT that allows the holder of the seed of `publicKey` to publish as one instance, to receive its messages
 * and to answer them. It allows nothing else, JetStream included.
 */
export function agentCredentials(authority: Authority, publicKey: string, instance: InstanceId): Promise<string> {
  const own = allAgentSubjects(instance);
  const permissions = {
    pub: { allow: [own], deny: [] },
    sub: { allow: [own, `${agentInboxPrefix(instance)}.>`], deny: [] },
    resp: { max: 1, ttl: RESPONSE_TIMEOUT_NS },
  };
  return encodeUser(
    `agent-${instance}`,
    fromPublic(publicKey),
    fromPublic(authority.account.publicKey),
    { ...permissions, subs: AGENT_SUBSCRIPTIONS_MAX },
    { signer: authority.signer },
  );
}

/** Creates the keys of an agent. The agent sends the public key to the control plane and keeps the seed. */
export function newAgentKeys(): { readonly publicKey: string; readonly seed: string } {
  const user = createUser();
  return { publicKey: user.getPublicKey(), seed: Buffer.from(user.getSeed()).toString() };
}

export function agentPublicKey(seed: string): string {
  return fromSeed(Buffer.from(seed)).getPublicKey();
}

/** Returns the content of a credentials file. */
export function credentialsText(jwt: string, seed: string): string {
  return Buffer.from(fmtCreds(jwt, fromSeed(Buffer.from(seed)))).toString();
}

function readOrCreateKey(directory: string, name: string, create: () => KeyPair): KeyPair {
  const seed = readOrCreatePrivate(join(directory, name), () => Buffer.from(create().getSeed()).toString());
  return fromSeed(Buffer.from(seed.trim()));
}

/**
 * Returns the stored JWT. If there is none, or if an older version created it with other claims, creates and stores a
 * new one.
 */
async function storedOrNew(directory: string, name: string, make: () => Promise<string>): Promise<string> {
  const path = join(directory, name);
  const stored = readIfExists(path);
  const made = await make();
  if (stored !== undefined && isDeepStrictEqual(claimsOf(stored), claimsOf(made))) return stored;
  writePrivate(path, made);
  return made;
}

/** Returns the claims of a JWT without the time at which it was issued. */
function claimsOf(jwt: string): object {
  const { iss, sub, name, nats } = decode(jwt);
  return { iss, sub, name, nats };
}
