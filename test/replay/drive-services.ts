import { StopServiceDeploymentCommand, TagResourceCommand, UpdateTaskProtectionCommand } from '@aws-sdk/client-ecs';
import { serviceKey } from '@stowage/domain';
import { arn, type TestDeployment } from '../support/deployment';
import { TestServices } from '../support/services';
import { waitFor } from './wait-for';

const CLUSTER = 'services';
/** MiB; more than any instance of the fleet has. */
const TOO_MUCH_MEMORY = 1_000_000;

/** Services: deployed, scaled, protected, rolled back on request and by the circuit breaker, deleted; one is a DAEMON. */
export async function driveServices(deployment: TestDeployment): Promise<void> {
  const { ecs, runtime } = deployment;
  const services = new TestServices(ecs, CLUSTER);
  await deployment.fleet(CLUSTER, { instances: 2 });

  await services.define('web');
  const placementStrategy = [{ type: 'spread', field: 'attribute:ecs.availability-zone' } as const];
  await services.create('web', { desiredCount: 2, placementStrategy, propagateTags: 'SERVICE' });
  await services.steady('web');
  await ecs.send(
    new TagResourceCommand({ resourceArn: arn(`service/${CLUSTER}/web`), tags: [{ key: 'team', value: 'web' }] }),
  );
  const tasks = (await services.tasks('web')).map(({ taskArn = '' }) => taskArn);
  await ecs.send(new UpdateTaskProtectionCommand({ cluster: CLUSTER, tasks, protectionEnabled: true }));
  await ecs.send(new UpdateTaskProtectionCommand({ cluster: CLUSTER, tasks, protectionEnabled: false }));
  await services.update('web', { desiredCount: 1 });
  await services.steady('web');

  await services.define('web', { memory: TOO_MUCH_MEMORY });
  await services.update('web', { taskDefinition: 'web' });
  const deploying = (): string =>
    runtime.fold.state.services.get(serviceKey(CLUSTER, 'web'))?.deployments[0]?.serviceDeployment ?? '';
  await services.until(
    'web',
    ({ events }) => events?.some(({ message }) => message?.includes('unable to place')) ?? false,
  );
  const serviceDeploymentArn = arn(`service-deployment/${CLUSTER}/web/${deploying()}`);
  await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }));
  await services.steady('web');

  await services.define('each');
  await services.create('each', { schedulingStrategy: 'DAEMON' });
  await services.steady('each');
  await deployment.fleet(CLUSTER, { instances: 1, seed: 2 });
  await services.until('each', ({ runningCount }) => runningCount === 3);

  await driveCircuitBreaker(services);
  for (const service of ['web', 'each', 'broken']) await services.remove(service);
  await waitFor('the services are deleted', () => runtime.fold.state.tasksOf(serviceKey(CLUSTER, 'web')).size === 0);
  await services.until('web', ({ status }) => status === 'INACTIVE');
}

/** A revision whose tasks never start: the deployment fails and is rolled back. */
async function driveCircuitBreaker(services: TestServices): Promise<void> {
  await services.define('broken');
  const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  await services.create('broken', { desiredCount: 1, deploymentConfiguration });
  await services.steady('broken');
  await services.define('broken', { image: 'fails-to-pull' });
  const { deployments } = await services.update('broken', { taskDefinition: 'broken' });
  const failed = deployments?.[0]?.id;
  const isBack = (id: string | undefined): boolean => id !== undefined && id !== failed;
  await services.until('broken', (service) => {
    const [primary, ...others] = service.deployments ?? [];
    return others.length === 0 && isBack(primary?.id) && primary?.rolloutState === 'COMPLETED';
  });
}
