import { join } from 'node:path';
import type { ClusterName, InstanceId } from '@stowage/domain';
import { agentPublicKey, credentialsText, newAgentKeys } from '../authority/authority';
import { isLoopback } from '../authority/nats-server-config';
import { readIfExists, readOrCreatePrivate, writePrivate } from '../private-files';
import { type JoinGrant, joinRequest, parseJoinToken, verifyJoinAnswer } from './join';

/** The data that an agent keeps after it has joined. The files are readable only by their owner. */
export interface JoinedIdentity {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly natsUrls: readonly string[];
  readonly credsFile: string;
  readonly caFile?: string;
}

/** Time within which the control plane must answer. */
const JOIN_TIMEOUT_MS = 15_000;
export const JOIN_PATH = '/join';
const DEFAULT_PORT = 5100;

const IDENTITY_FILE = 'identity.json';
const CREDENTIALS_FILE = 'agent.creds';
const CA_FILE = 'ca.crt';

/** Content of `identity.json`. It contains no paths, because the directory may be moved. */
interface StoredIdentity extends Pick<JoinedIdentity, 'cluster' | 'instance' | 'natsUrls'> {
  readonly tls: boolean;
}

/** Returns the identity from an earlier join, or undefined if there is none. */
export function joinedIdentity(directory: string): JoinedIdentity | undefined {
  const text = readIfExists(join(directory, IDENTITY_FILE));
  if (text === undefined) return undefined;
  // Earlier versions stored the paths of the files, and the path of the certificate only with TLS.
  const stored = JSON.parse(text) as StoredIdentity & { readonly caFile?: string };
  return withFiles(directory, { ...stored, tls: stored.tls || stored.caFile !== undefined });
}

/**
 * Changes the addresses of NATS in an agent's identity, and enables TLS if `ca`, the certificate of the authority, is
 * given. The addresses of a deployment may change after an agent has joined.
 */
export function moveIdentity(
  directory: string,
  { cluster, instance }: JoinedIdentity,
  { natsUrls, ca }: Pick<JoinGrant, 'natsUrls' | 'ca'>,
): JoinedIdentity {
  if (ca) writePrivate(join(directory, CA_FILE), ca);
  return storeIdentity(directory, { cluster, instance, natsUrls, tls: ca !== undefined });
}

function storeIdentity(directory: string, identity: StoredIdentity): JoinedIdentity {
  writePrivate(join(directory, IDENTITY_FILE), JSON.stringify(identity));
  return withFiles(directory, identity);
}

function withFiles(directory: string, { cluster, instance, natsUrls, tls }: StoredIdentity): JoinedIdentity {
  const credsFile = join(directory, CREDENTIALS_FILE);
  return { cluster, instance, natsUrls, credsFile, ...(tls && { caFile: join(directory, CA_FILE) }) };
}

/**
 * Joins the deployment at `server` (a host, `host:port` or a URL) and stores the identity in `directory`. May be
 * repeated after a failure: the keys are kept, and the same keys result in the same instance.
 * @throws Error with a sentence for the operator if the token is not valid, the control plane cannot be reached or
 * rejects the request, or its answer is not authentic.
 */
export async function joinDeployment(server: string, tokenText: string, directory: string): Promise<JoinedIdentity> {
  const token = parseJoinToken(tokenText);
  // Keys belong to one token. With another token the machine joins as another instance.
  const seed = readOrCreatePrivate(join(directory, `agent-${token.id}.seed`), () => newAgentKeys().seed);
  const request = joinRequest(token, agentPublicKey(seed));
  const grant = verifyJoinAnswer(token.secret, request, await post(joinUrl(server), request));
  return keepIdentity(directory, grant, seed);
}

/**
 * Requests the current addresses of NATS from the deployment at `server`, for an agent that has joined, and stores them.
 * Resolves with undefined if `directory` contains no identity. An agent without the authority's certificate cannot
 * verify a server, so it accepts only addresses of this machine.
 * @throws Error with a sentence for the operator if the control plane cannot be reached, or its answer is not accepted.
 */
export async function followDeployment(server: string, directory: string): Promise<JoinedIdentity | undefined> {
  const known = joinedIdentity(directory);
  if (!known) return undefined;
  const url = joinUrl(server);
  const answer = await exchange(url, { method: 'GET' });
  const natsUrls = natsUrlsIn(answer);
  if (!natsUrls) throw new Error(`The server at ${url.origin} did not answer as a control plane does.`);
  const tls = known.caFile !== undefined;
  if (!tls && !natsUrls.every((natsUrl) => isLoopback(new URL(natsUrl).hostname))) {
    throw new Error(
      'This machine joined while NATS listened on loopback only: remove its data, and join with a token.',
    );
  }
  return storeIdentity(directory, { cluster: known.cluster, instance: known.instance, natsUrls, tls });
}

function natsUrlsIn(answer: unknown): readonly string[] | undefined {
  const urls = typeof answer === 'object' && answer !== null && 'natsUrls' in answer ? answer.natsUrls : undefined;
  const areUrls =
    Array.isArray(urls) && urls.length > 0 && urls.every((url) => typeof url === 'string' && URL.canParse(url));
  return areUrls ? (urls as readonly string[]) : undefined;
}

/** Stores the granted identity. `identity.json` is written last, so that all other files exist when it does. */
export function keepIdentity(directory: string, grant: JoinGrant, seed: string): JoinedIdentity {
  writePrivate(join(directory, CREDENTIALS_FILE), credentialsText(grant.jwt, seed));
  if (grant.ca) writePrivate(join(directory, CA_FILE), grant.ca);
  const { cluster, instance, natsUrls } = grant;
  return storeIdentity(directory, { cluster, instance, natsUrls, tls: grant.ca !== undefined });
}

/** Returns the URL for `host`, `host:port` or `http://host:port`. */
export function joinUrl(server: string): URL {
  if (/^https?:\/\//.test(server)) return new URL(JOIN_PATH, server);
  const host = /:\d+$/.test(server) ? server : `${server}:${String(DEFAULT_PORT)}`;
  return new URL(JOIN_PATH, `http://${host}`);
}

function post(url: URL, body: unknown): Promise<unknown> {
  return exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function exchange(url: URL, request: RequestInit): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(url, { ...request, signal: AbortSignal.timeout(JOIN_TIMEOUT_MS) });
  } catch (error) {
    throw new Error(`The control plane at ${url.origin} cannot be reached.`, { cause: error });
  }
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text) as unknown;
  throw new Error(`The control plane at ${url.origin} refused: ${messageIn(text) ?? answer.statusText}`);
}

/** Returns the message of an error in AWS's format. */
function messageIn(text: string): string | undefined {
  try {
    const body = JSON.parse(text) as { readonly message?: unknown } | null;
    return typeof body?.message === 'string' ? body.message : undefined;
  } catch {
    return undefined;
  }
}
