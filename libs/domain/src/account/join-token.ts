import type { ClusterName, EpochMs, InstanceId } from '../ids';
import { invalidParameter, Refusal } from '../refusal';
import type { JoinToken, JoinTokenCreated, JoinTokenUsed } from './records/account';

/** Shortest and longest lifetime of a join token. */
export const JOIN_TOKEN_MS_MIN = 1_000;
export const JOIN_TOKEN_MS_MAX = 365 * 24 * 60 * 60 * 1_000;

export interface CreateJoinToken {
  readonly token: string;
  readonly sealedSecret: string;
  readonly cluster: ClusterName;
  readonly expiresInMs: number;
  readonly oneTime: boolean;
}

/** @throws Refusal if the lifetime is out of bounds. */
export function createJoinToken(command: CreateJoinToken, now: EpochMs): JoinTokenCreated {
  const { token, sealedSecret, cluster, expiresInMs, oneTime } = command;
  if (!(expiresInMs >= JOIN_TOKEN_MS_MIN && expiresInMs <= JOIN_TOKEN_MS_MAX)) {
    throw invalidParameter(
      `The lifetime of a join token must be between ${String(JOIN_TOKEN_MS_MIN / 1_000)} second and ` +
        `${String(JOIN_TOKEN_MS_MAX / 86_400_000)} days.`,
    );
  }
  return { type: 'JoinTokenCreated', version: 1, token, sealedSecret, cluster, expiresAt: now + expiresInMs, oneTime };
}

/**
 * Decides the join of an instance. Returns one event, or none if the instance joined with this token before, so that a
 * client can repeat a request whose response was lost. The caller has verified the token's secret.
 *
 * @throws Refusal if the token is unknown, expired or used by another instance.
 */
export function acceptJoinToken(
  token: JoinToken | undefined,
  instance: InstanceId,
  now: EpochMs,
): readonly JoinTokenUsed[] {
  if (!token) throw denied('is not known');
  if (now >= token.expiresAt) throw denied('has expired');
  if (token.usedBy.includes(instance)) return [];
  if (token.oneTime && token.usedBy.length > 0) throw denied('has been used');
  return [{ type: 'JoinTokenUsed', version: 1, token: token.id, instance }];
}

const denied = (why: string): Refusal => new Refusal('AccessDeniedException', `The join token ${why}.`);
