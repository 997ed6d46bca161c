import type { DomainEvent, Principal } from '@stowage/domain';

/** The first principal: whoever set Stowage up. */
export const BOOTSTRAP_PRINCIPAL = 'admin';

export interface BootstrapKey {
  readonly accessKeyId: string;
  readonly sealedSecret: string;
}

/**
 * Makes the first principal and its access key unless they are there. `known` says whether the key is there with the
 * same secret: what is sealed is different every time and can't be compared here.
 */
export function decideBootstrap(
  principal: Principal | undefined,
  known: boolean,
  key: BootstrapKey,
  arn: string,
): readonly DomainEvent[] {
  const events: DomainEvent[] = [];
  if (!principal) events.push({ type: 'PrincipalCreated', version: 1, name: BOOTSTRAP_PRINCIPAL, arn });
  if (!known) events.push({ type: 'AccessKeyCreated', version: 1, principal: BOOTSTRAP_PRINCIPAL, ...key });
  return events;
}
