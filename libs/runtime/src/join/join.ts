import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type ClusterName, clusterName, type InstanceId, instanceId, Refusal } from '@stowage/domain';

/**
 * How a machine joins without a secret on the wire. The token that its operator carries over is `<id>.<secret>`. Both
 * sides prove with HMACs that they know the secret; the agent's own private key never leaves it.
 */
export interface JoinRequest {
  readonly tokenId: string;
  /** NATS's public user key, of which the agent keeps the seed. */
  readonly publicKey: string;
  readonly nonce: string;
  readonly mac: string;
}

/** All that an agent needs to speak with the control plane. */
export interface JoinGrant {
  readonly jwt: string;
  /** Certificate of the authority behind the NATS servers; absent when they only listen on loopback. */
  readonly ca?: string;
  readonly natsUrls: readonly string[];
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
}

export interface JoinAnswer extends JoinGrant {
  readonly mac: string;
}

export interface JoinToken {
  readonly id: string;
  readonly secret: string;
}

const TOKEN = /^([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/;
const PUBLIC_KEY = /^U[A-Z2-7]{55}$/;
const NONCE = /^[A-Za-z0-9_-]{22}$/;

export function newJoinToken(): JoinToken {
  return { id: randomBytes(8).toString('hex'), secret: randomBytes(32).toString('base64url') };
}

export const joinTokenText = ({ id, secret }: JoinToken): string => `${id}.${secret}`;

/** @throws Error with a sentence when the text is no token. */
export function parseJoinToken(text: string): JoinToken {
  const [, id, secret] = TOKEN.exec(text.trim()) ?? [];
  if (id === undefined || secret === undefined) throw new Error('This is not a join token.');
  return { id, secret };
}

export function joinRequest(token: JoinToken, publicKey: string): JoinRequest {
  const nonce = randomBytes(16).toString('base64url');
  return { tokenId: token.id, publicKey, nonce, mac: requestMac(token.secret, token.id, publicKey, nonce) };
}

/**
 * What the control plane believes of a request: that it comes from one who knows the token's secret.
 * @throws Refusal when it is malformed, or its token or its proof is wrong; which, it does not say.
 */
export function verifyJoinRequest(body: unknown, secretOf: (tokenId: string) => string | undefined): JoinRequest {
  if (!isRequest(body)) throw new Refusal('InvalidParameterException', 'This is not a request to join.');
  // Work for unknown tokens is the same as for known ones, so that ids can't be found out by time.
  const secret = secretOf(body.tokenId) ?? '';
  const right = requestMac(secret, body.tokenId, body.publicKey, body.nonce);
  if (secret === '' || !sameText(right, body.mac)) {
    throw new Refusal('AccessDeniedException', 'The join token is not known.');
  }
  return body;
}

/** The same key with the same token is the same instance: a request that is repeated does not make a second one. */
export function instanceOfJoin({ tokenId, publicKey }: JoinRequest): InstanceId {
  return instanceId(createHash('sha256').update(`instance\0${tokenId}\0${publicKey}`).digest('hex').slice(0, 32));
}

export function joinAnswer(secret: string, { nonce }: JoinRequest, grant: JoinGrant): JoinAnswer {
  return { ...grant, mac: answerMac(secret, nonce, grant) };
}

/** What the agent believes of an answer. @throws Error when it does not come from who knows the token's secret. */
export function verifyJoinAnswer(secret: string, { nonce }: JoinRequest, body: unknown): JoinGrant {
  if (!isAnswer(body)) throw new Error('The server did not answer as a control plane does.');
  const grant: JoinGrant = {
    jwt: body.jwt,
    ...(body.ca !== undefined && { ca: body.ca }),
    natsUrls: body.natsUrls,
    cluster: clusterName(body.cluster),
    instance: instanceId(body.instance),
  };
  if (!sameText(answerMac(secret, nonce, grant), body.mac)) {
    throw new Error('The answer does not come from the control plane that made this join token.');
  }
  return grant;
}

const requestMac = (secret: string, ...said: readonly string[]): string => mac(secret, ['join request', ...said]);

function answerMac(secret: string, nonce: string, grant: JoinGrant): string {
  const { jwt, ca, natsUrls, cluster, instance } = grant;
  return mac(secret, ['join answer', nonce, jwt, ca ?? null, natsUrls, cluster, instance]);
}

/** Over JSON, so that no two different messages have the same text. */
function mac(secret: string, said: readonly unknown[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(said)).digest('base64url');
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function isRequest(body: unknown): body is JoinRequest {
  if (!isRecord(body)) return false;
  const { tokenId, publicKey, nonce, mac: proof } = body;
  if (typeof tokenId !== 'string' || typeof publicKey !== 'string') return false;
  if (typeof nonce !== 'string' || typeof proof !== 'string') return false;
  return PUBLIC_KEY.test(publicKey) && NONCE.test(nonce);
}

function isAnswer(body: unknown): body is JoinAnswer {
  if (!isRecord(body)) return false;
  const { jwt, ca, natsUrls, cluster, instance, mac: proof } = body;
  const texts = [jwt, cluster, instance, proof].every((part) => typeof part === 'string');
  const urls = Array.isArray(natsUrls) && natsUrls.every((url) => typeof url === 'string');
  return texts && urls && (ca === undefined || typeof ca === 'string');
}

const isRecord = (body: unknown): body is Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body);
