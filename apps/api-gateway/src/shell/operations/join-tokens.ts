import { parseCluster, seconds, StowageInputs } from '@stowage/aws-api';
import { Refusal, type Scope } from '@stowage/domain';
import type { JoinService } from '@stowage/runtime';
import { type OwnOperation, taking } from './own-operation';

/** What is said where the deployment's keys are not at hand. */
export const NO_JOINING = 'Machines can not join here: this gateway was started without STOWAGE_AUTHORITY_DIR.';

/** CreateJoinToken: a right to join a machine. Only its caller ever sees the token. */
export function joinTokenOperations(
  service: JoinService | undefined,
  scope: Scope,
  defaultSeconds: number,
): Readonly<Record<string, OwnOperation>> {
  return {
    CreateJoinToken: taking(StowageInputs.CreateJoinTokenRequest, async (input, { caller }) => {
      if (!service) throw new Refusal('UnsupportedFeatureException', NO_JOINING);
      const cluster = parseCluster(scope, input.cluster);
      const { expiresInSeconds = defaultSeconds, oneTime = false } = input;
      const wanted = { cluster, expiresInMs: expiresInSeconds * 1_000, oneTime };
      const { token, expiresAt, sequence } = await service.createToken(wanted, caller);
      return { output: { token, cluster, expiresAt: seconds(expiresAt), oneTime }, sequence };
    }),
  };
}
