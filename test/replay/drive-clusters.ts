import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterContainerInstanceCommand,
  DeregisterTaskDefinitionCommand,
  PutAttributesCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  TagResourceCommand,
  UpdateClusterSettingsCommand,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import { arn, type TestDeployment } from '../support/deployment';
import { TestServices } from '../support/services';
import { waitFor } from './wait-for';

const TAGS = [{ key: 'team', value: 'web' }];
const MORE_TAGS = [{ key: 'tier', value: 'front' }];

/** Clusters, their instances and tasks of their own: changed, tagged, stopped, drained, lost, back again, gone. */
export async function driveClusters(deployment: TestDeployment): Promise<void> {
  const { ecs } = deployment;
  const cluster = 'clusters';
  const fleet = await deployment.fleet(cluster, { instances: 2 });
  const [one = ''] = fleet.instances;
  const settings = [{ name: 'containerInsights', value: 'enabled' } as const];
  await ecs.send(new UpdateClusterSettingsCommand({ cluster, settings }));
  await ecs.send(new TagResourceCommand({ resourceArn: arn(`cluster/${cluster}`), tags: TAGS }));
  await ecs.send(new TagResourceCommand({ resourceArn: arn(`container-instance/${cluster}/${one}`), tags: TAGS }));
  const attributes = [{ name: 'rack', value: '7', targetType: 'container-instance', targetId: one } as const];
  await ecs.send(new PutAttributesCommand({ cluster, attributes }));

  const ports = { cpu: 16, portMappings: [{ containerPort: 80 }, { containerPort: 53, protocol: 'udp' } as const] };
  await new TestServices(ecs, cluster).define('run', ports);
  const overrides = { containerOverrides: [{ name: 'main', environment: [{ name: 'A', value: '1' }] }] };
  const run = { cluster, taskDefinition: 'run', count: 3, overrides, tags: TAGS, clientToken: 'once', startedBy: 'me' };
  const [task] = await deployment.runUntilRunning(run);
  await ecs.send(new TagResourceCommand({ resourceArn: task?.taskArn, tags: MORE_TAGS }));
  await ecs.send(new StopTaskCommand({ cluster, task: task?.taskArn, reason: 'enough' }));
  await deployment.until({ cluster, tasks: [task?.taskArn ?? ''] }, 'STOPPED');

  await driveLoss(deployment, cluster);
  const draining = { cluster, containerInstances: [one], status: 'DRAINING' as const };
  await ecs.send(new UpdateContainerInstancesStateCommand(draining));
  await ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance: one, force: true }));

  await ecs.send(new CreateClusterCommand({ clusterName: 'empty' }));
  await ecs.send(new DeleteClusterCommand({ cluster: 'empty' }));
}

/** An instance that is lost with its task, and comes back. */
async function driveLoss(deployment: TestDeployment, cluster: string): Promise<void> {
  const options = { instances: 1, seed: 2 };
  const leaving = await deployment.fleet(cluster, options);
  const placementStrategy = [{ type: 'spread' as const, field: 'instanceId' }];
  await deployment.run({ cluster, taskDefinition: 'run', count: 3, placementStrategy });
  const [id] = leaving.instances;
  const isLost = (): boolean =>
    id !== undefined && deployment.runtime.fold.state.instances.get(id)?.lostAt !== undefined;
  leaving.close();
  await waitFor('the instance is lost', isLost);
  await deployment.fleet(cluster, { ...options, cpu: 8_192 });
  await waitFor('the instance has recovered', () => !isLost());
}

/** A revision from its registration to its end. */
export async function driveTaskDefinitions({ ecs, runtime }: TestDeployment): Promise<void> {
  const containerDefinitions = [{ name: 'main', image: 'busybox', memory: 16 }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'kept', containerDefinitions }));
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'gone', containerDefinitions, tags: TAGS }));
  await ecs.send(new TagResourceCommand({ resourceArn: arn('task-definition/gone:1'), tags: MORE_TAGS }));
  await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'gone:1' }));
  await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: ['gone:1'] }));
  const revision = { family: 'gone', revision: 1 };
  await waitFor('the revision is deleted', () => runtime.fold.state.taskDefinition(revision) === undefined);
}
