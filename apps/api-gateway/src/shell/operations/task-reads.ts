import {
  EcsInputs,
  missing,
  parseCluster,
  parseContainerInstance,
  parseService,
  parseTask,
  taskView,
} from '@stowage/aws-api';
import { type Ecs, type Scope, taskArn } from '@stowage/domain';
import { inOrder } from '../../core/in-order';
import { checkTaskFilters } from '../../core/task-filter';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** DescribeTasks and ListTasks (ecs-api 5.5.6). */
export function taskReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeTasks: reads.operation(EcsInputs.DescribeTasksRequest, (input) => describeTasks(reads, scope, input)),
    ListTasks: reads.operation(EcsInputs.ListTasksRequest, (input) => listTasks(reads, scope, input)),
  };
}

async function describeTasks(
  reads: Reads,
  scope: Scope,
  { cluster: given, tasks, include = [] }: Ecs.DescribeTasksRequest,
): Promise<Ecs.DescribeTasksResponse> {
  const cluster = parseCluster(scope, given);
  const ids = tasks.map((each) => parseTask(scope, cluster, each));
  const [records] = await Promise.all([reads.model.tasks.byIds(cluster, ids), reads.activeCluster(cluster)]);
  const found = inOrder(ids, records);
  return {
    tasks: found.items.map((task) => taskView(task, scope, include)),
    failures: found.missing.map((id) => missing(taskArn(scope, cluster, id))),
  };
}

async function listTasks(reads: Reads, scope: Scope, input: Ecs.ListTasksRequest): Promise<Ecs.ListTasksResponse> {
  const cluster = parseCluster(scope, input.cluster);
  checkTaskFilters(input);
  const { containerInstance, desiredStatus = 'RUNNING', family, startedBy, launchType, maxResults } = input;
  const instance =
    containerInstance === undefined ? undefined : parseContainerInstance(scope, cluster, containerInstance);
  const service = input.serviceName === undefined ? undefined : parseService(scope, cluster, input.serviceName);
  await Promise.all([reads.activeCluster(cluster), service !== undefined && reads.knownService(cluster, service)]);
  const { items, nextToken } = await reads.model.tasks.list({
    cluster,
    desiredStatus,
    maxResults,
    nextToken: input.nextToken,
    ...(instance !== undefined && { containerInstance: instance }),
    ...(family !== undefined && { family }),
    ...(service !== undefined && { serviceName: service }),
    ...(startedBy !== undefined && { startedBy }),
    ...(launchType !== undefined && { launchType }),
  });
  return { taskArns: items.map((id) => taskArn(scope, cluster, id)), ...(nextToken !== undefined && { nextToken }) };
}
