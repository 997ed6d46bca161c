import { type BuiltInCapacityProvider, capacityProviderArn, type Ecs, type Scope } from '@stowage/domain';

/** `CapacityProvider` of the API, for those that every account has. */
export function capacityProviderView(name: BuiltInCapacityProvider, scope: Scope): Ecs.CapacityProvider {
  return { capacityProviderArn: capacityProviderArn(scope, name), name, status: 'ACTIVE', type: name, tags: [] };
}
