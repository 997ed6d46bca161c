import { type RunningApp, type Runtime, startOwner } from '@stowage/runtime';
import type { RegistrarConfig } from './config';
import { LoadBalancerRegistrarModule } from './load-balancer-registrar.module';

/** Starts a load-balancer registrar on `runtime`. Any number of them may execute operations at the same time. */
export function startLoadBalancerRegistrar(runtime: Runtime, config: RegistrarConfig): Promise<RunningApp> {
  return startOwner(runtime, 'load-balancer-registrar', LoadBalancerRegistrarModule, config);
}
