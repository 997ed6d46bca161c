import type { DomainEvent, Principal } from '@stowage/domain';

/** The first principal, which belongs to the operator who installed Stowage. */
export const BOOTSTRAP_PRINCIPAL = 'admin';

export interface BootstrapKey {
  readonly accessKeyId: string;
  readonly sealedSecret: string;
}

/**
 * Returns the events that create the first principal and its access key, or none if they exist. `known` is true if the
 * key exists with the same secret. The caller determines it, because sealed texts of the same secret differ.
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
