import { parseCluster, seconds, StowageInputs } from '@stowage/aws-api';
import { Refusal, type Scope } from '@stowage/domain';
import type { JoinService } from '@stowage/runtime';
import { type OwnOperation, operationFor } from './own-operation';

/** Error text if the gateway does not have the deployment's keys. */
export const NO_JOINING =
  'This gateway cannot let machines join, because it was started without STOWAGE_AUTHORITY_DIR.';

/** CreateJoinToken: creates a token with which a machine joins. It is returned to the caller only. */
export function joinTokenOperations(
  service: JoinService | undefined,
  scope: Scope,
  defaultSeconds: number,
): Readonly<Record<string, OwnOperation>> {
  return {
    CreateJoinToken: operationFor(StowageInputs.CreateJoinTokenRequest, async (input, { caller }) => {
      if (!service) throw new Refusal('UnsupportedFeatureException', NO_JOINING);
      const cluster = parseCluster(scope, input.cluster);
      const { expiresInSeconds = defaultSeconds, oneTime = false } = input;
      const wanted = { cluster, expiresInMs: expiresInSeconds * 1_000, oneTime };
      const { token, expiresAt, sequence } = await service.createToken(wanted, caller);
      return { output: { token, cluster, expiresAt: seconds(expiresAt), oneTime }, sequence };
    }),
  };
}
