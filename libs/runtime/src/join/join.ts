import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { errorText } from '@stowage/concurrency';
import {
  type ClusterName,
  clusterName,
  type InstanceId,
  instanceId,
  listReader,
  malformed,
  optionalMember,
  type Reader,
  readMembers,
  Refusal,
  textReader,
} from '@stowage/domain';

/**
 * Request of a machine that joins; the secret is not transmitted. The operator copies a token of the form
 * `<id>.<secret>` to the machine. Both sides prove with HMACs that they have the secret. The agent's private key never
 * leaves the machine.
 */
export interface JoinRequest {
  readonly tokenId: string;
  /** Public user key of NATS. The agent keeps its seed. */
  readonly publicKey: string;
  readonly nonce: string;
  readonly mac: string;
}

/** All data that an agent needs to connect to the control plane. */
export interface JoinGrant {
  readonly jwt: string;
  /** Certificate of the authority of the NATS servers. Absent if they listen only on loopback. */
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

/** @throws Error with a sentence for the operator if the text is not a join token. */
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
 * Returns a request that was made with the token's secret.
 * @throws Refusal if the request is malformed, its token is unknown or its HMAC is wrong. The text does not distinguish
 * the last two.
 */
export function verifyJoinRequest(body: unknown, secretOf: (tokenId: string) => string | undefined): JoinRequest {
  const request = readOr(
    () => readRequest(body),
    (reason) => new Refusal('InvalidParameterException', `This is not a request to join. ${reason}`),
  );
  // An unknown token takes the same work as a known one, so that the response time does not reveal valid ids.
  const secret = secretOf(request.tokenId) ?? '';
  const right = requestMac(secret, request.tokenId, request.publicKey, request.nonce);
  if (secret === '' || !sameText(right, request.mac)) {
    throw new Refusal('AccessDeniedException', 'The join token is not known.');
  }
  return request;
}

/**
 * Returns the same instance id for the same key and token, so that a repeated request does not create another instance.
 */
export function instanceOfJoin({ tokenId, publicKey }: JoinRequest): InstanceId {
  return instanceId(createHash('sha256').update(`instance\0${tokenId}\0${publicKey}`).digest('hex').slice(0, 32));
}

export function joinAnswer(secret: string, { nonce }: JoinRequest, grant: JoinGrant): JoinAnswer {
  return { ...grant, mac: answerMac(secret, nonce, grant) };
}

/**
 * Returns the grant of an authentic answer.
 * @throws Error if the answer was not made with the token's secret for this request.
 */
export function verifyJoinAnswer(secret: string, { nonce }: JoinRequest, body: unknown): JoinGrant {
  const { mac: proof, ...grant } = readOr(
    () => readAnswer(body),
    (reason) => new Error(`The server did not answer as a control plane does. ${reason}`),
  );
  if (!sameText(answerMac(secret, nonce, grant), proof)) {
    throw new Error('The answer does not come from the control plane that made this join token.');
  }
  return grant;
}

const requestMac = (secret: string, ...parts: readonly string[]): string => mac(secret, ['join request', ...parts]);

function answerMac(secret: string, nonce: string, grant: JoinGrant): string {
  const { jwt, ca, natsUrls, cluster, instance } = grant;
  return mac(secret, ['join answer', nonce, jwt, ca ?? null, natsUrls, cluster, instance]);
}

/** The HMAC covers JSON, so that two different messages never have the same text. */
function mac(secret: string, parts: readonly unknown[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const URLS_MAX = 100;
/** Longer than every credential and certificate. */
const TEXT_MAX = 65_536;
const readText = textReader(TEXT_MAX);

/** Reads text of the given form. */
const matching =
  (pattern: RegExp, form: string): Reader<string> =>
  (value, member) => {
    const text = readText(value, member);
    if (!pattern.test(text)) throw malformed(member, form);
    return text;
  };

function readRequest(body: unknown): JoinRequest {
  const { tokenId, publicKey, nonce, mac: proof } = readMembers(body, 'request');
  return {
    tokenId: readText(tokenId, 'tokenId'),
    publicKey: matching(PUBLIC_KEY, 'a public user key of NATS')(publicKey, 'publicKey'),
    nonce: matching(NONCE, 'a nonce of 22 characters')(nonce, 'nonce'),
    mac: readText(proof, 'mac'),
  };
}

function readAnswer(body: unknown): JoinAnswer {
  const from = readMembers(body, 'answer');
  return {
    jwt: readText(from['jwt'], 'jwt'),
    ...optionalMember(from, 'ca', readText),
    natsUrls: listReader(URLS_MAX, readText)(from['natsUrls'], 'natsUrls'),
    cluster: clusterName(readText(from['cluster'], 'cluster')),
    instance: instanceId(readText(from['instance'], 'instance')),
    mac: readText(from['mac'], 'mac'),
  };
}

/** Returns the message, or throws the error that `malformedMessage` makes of the reader's error. */
function readOr<Message>(read: () => Message, malformedMessage: (reason: string) => Error): Message {
  try {
    return read();
  } catch (error) {
    throw malformedMessage(errorText(error));
  }
}
