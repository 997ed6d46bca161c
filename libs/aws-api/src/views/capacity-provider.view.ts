import { type BuiltInCapacityProvider, capacityProviderArn, type Ecs, type Scope } from '@stowage/domain';

/** Returns the API's `CapacityProvider` for the built-in ones. */
export function capacityProviderView(name: BuiltInCapacityProvider, scope: Scope): Ecs.CapacityProvider {
  return { capacityProviderArn: capacityProviderArn(scope, name), name, status: 'ACTIVE', type: name, tags: [] };
}
