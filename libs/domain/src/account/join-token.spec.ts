import { describe, expect, it } from 'vitest';
import { clusterName, instanceId } from '../ids';
import { evolveJoinToken, type JoinToken } from './records/account';
import { acceptJoinToken, createJoinToken, JOIN_TOKEN_MS_MAX } from './join-token';

const one = instanceId('1'.repeat(32));
const other = instanceId('2'.repeat(32));
const command = { token: 't', sealedSecret: 's', cluster: clusterName('c'), expiresInMs: 10_000, oneTime: true };
const created = (oneTime: boolean): JoinToken | undefined =>
  evolveJoinToken(undefined, createJoinToken({ ...command, oneTime }, 1_000));
const usedBy = (token: JoinToken | undefined, instance: typeof one): JoinToken | undefined =>
  acceptJoinToken(token, instance, 2_000).reduce(evolveJoinToken, token);

describe('a join token', () => {
  it('with a single use admits one instance, accepts its repeated request, and rejects a second instance', () => {
    const used = usedBy(created(true), one);
    expect(used?.usedBy).toEqual([one]);
    expect(acceptJoinToken(used, one, 3_000)).toEqual([]);
    expect(() => acceptJoinToken(used, other, 3_000)).toThrow('The join token has been used.');
  });

  it('without a single use admits many instances until it expires', () => {
    const used = usedBy(usedBy(created(false), one), other);
    expect(used?.usedBy).toEqual([one, other]);
    expect(() => acceptJoinToken(used, one, 11_000)).toThrow('The join token has expired.');
  });

  it('that does not exist admits no instance', () => {
    expect(() => acceptJoinToken(undefined, one, 0)).toThrow('The join token is not known.');
  });

  it.each([0, 999, Number.NaN, JOIN_TOKEN_MS_MAX + 1])('is not created with a lifetime of %d ms', (expiresInMs) => {
    expect(() => createJoinToken({ ...command, expiresInMs }, 0)).toThrow(
      'The lifetime of a join token must be between 1 second and 365 days.',
    );
  });
});
