import { type RunningApp, type Runtime, startOwner } from '@stowage/runtime';
import type { RegistrarConfig } from './config';
import { LoadBalancerRegistrarModule } from './load-balancer-registrar.module';
import { startDataPlane } from './shell/data-plane';
import { startServiceTargets } from './shell/service-targets';

/** Starts a load-balancer registrar on `runtime`. Any number of them may carry out operations side by side. */
export async function startLoadBalancerRegistrar(runtime: Runtime, config: RegistrarConfig): Promise<RunningApp> {
  const operations = await startOwner(runtime, 'load-balancer-registrar', LoadBalancerRegistrarModule.of(config));
  try {
    const targets = startServiceTargets(runtime, { checkMs: config.serviceTargetsCheckMs });
    const dataPlane = startDataPlane(runtime, config);
    return {
      close: async () => {
        await operations.close();
        await targets.close();
        await dataPlane.close();
      },
    };
  } catch (error) {
    await operations.close();
    throw error;
  }
}
