import { createHash } from 'node:crypto';
import { StsInputs } from '@stowage/aws-api';
import type { Scope } from '@stowage/domain';
import { type OwnOperation, operationFor } from './own-operation';

/** STS GetCallerIdentity: returns the owner of a key. */
export function identityOperations({ account }: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    GetCallerIdentity: operationFor(StsInputs.GetCallerIdentityRequest, (_input, { caller, floor }) =>
      Promise.resolve({
        output: { UserId: userId(caller.principal, account), Account: account, Arn: caller.principal },
        sequence: floor,
      }),
    ),
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The root's id is the account's. A user has an id in AWS's format, which is derived from its ARN. */
function userId(arn: string, account: string): string {
  if (arn.endsWith(':root')) return account;
  const digits = [...createHash('sha256').update(arn).digest().subarray(0, 17)];
  return `AIDA${digits.map((digit) => ALPHABET.charAt(digit % ALPHABET.length)).join('')}`;
}
