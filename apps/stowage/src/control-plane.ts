import { readConfig, type RunningApp, runApp, type Runtime } from '@stowage/runtime';
import { startApiGateway } from '../../api-gateway/src/app';
import { GatewayConfig } from '../../api-gateway/src/config';
import { startClusterManager } from '../../cluster-manager/src/app';
import { ClusterManagerConfig } from '../../cluster-manager/src/config';
import { startLoadBalancerRegistrar } from '../../load-balancer-registrar/src/app';
import { RegistrarConfig } from '../../load-balancer-registrar/src/config';
import { startProjector } from '../../projector/src/app';
import { ProjectorConfig } from '../../projector/src/config';
import { startScheduler } from '../../scheduler/src/app';
import { SchedulerConfig } from '../../scheduler/src/config';
import { startServiceController } from '../../service-controller/src/app';
import { ServiceControllerConfig } from '../../service-controller/src/config';

/**
 * Start order. The gateway starts last, so that every service that it calls is ready; the stop order is the reverse.
 */
const APPS: readonly ((runtime: Runtime) => Promise<RunningApp>)[] = [
  (runtime) => startProjector(runtime, readConfig(ProjectorConfig)),
  (runtime) => startClusterManager(runtime, readConfig(ClusterManagerConfig)),
  (runtime) => startScheduler(runtime, readConfig(SchedulerConfig)),
  (runtime) => startServiceController(runtime, readConfig(ServiceControllerConfig)),
  (runtime) => startLoadBalancerRegistrar(runtime, readConfig(RegistrarConfig)),
  (runtime) => startApiGateway(runtime, readConfig(GatewayConfig)),
];

/**
 * Runs every service of the control plane in one process. They communicate over NATS exactly as in separate processes.
 */
async function startControlPlane(runtime: Runtime): Promise<RunningApp> {
  const running: RunningApp[] = [];
  const close = async (): Promise<void> => {
    for (const app of running.splice(0).reverse()) await app.close();
  };
  try {
    for (const start of APPS) running.push(await start(runtime));
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

void runApp('control-plane', startControlPlane);
