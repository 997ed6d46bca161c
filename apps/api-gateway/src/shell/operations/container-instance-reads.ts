import {
  attributeView,
  containerInstanceView,
  EcsInputs,
  missing,
  parseCluster,
  parseContainerInstance,
} from '@stowage/aws-api';
import { clusterQuery, containerInstanceArn, type Ecs, type Scope } from '@stowage/domain';
import { inOrder } from '../../core/in-order';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** DescribeContainerInstances, ListContainerInstances and ListAttributes (ecs-api 5.2, 5.3). */
export function containerInstanceReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeContainerInstances: reads.operation(EcsInputs.DescribeContainerInstancesRequest, (input) =>
      describeContainerInstances(reads, scope, input),
    ),
    ListContainerInstances: reads.operation(EcsInputs.ListContainerInstancesRequest, (input) =>
      listContainerInstances(reads, scope, input),
    ),
    ListAttributes: reads.operation(EcsInputs.ListAttributesRequest, (input) => listAttributes(reads, scope, input)),
  };
}

async function describeContainerInstances(
  reads: Reads,
  scope: Scope,
  { cluster: given, containerInstances, include = [] }: Ecs.DescribeContainerInstancesRequest,
): Promise<Ecs.DescribeContainerInstancesResponse> {
  const cluster = parseCluster(scope, given);
  const ids = containerInstances.map((each) => parseContainerInstance(scope, cluster, each));
  const [records] = await Promise.all([
    reads.model.containerInstances.byIds(cluster, ids),
    reads.activeCluster(cluster),
  ]);
  const found = inOrder(ids, records);
  return {
    containerInstances: found.items.map((instance) => containerInstanceView(instance, scope, include)),
    failures: found.missing.map((id) => missing(containerInstanceArn(scope, cluster, id))),
  };
}

async function listContainerInstances(
  reads: Reads,
  scope: Scope,
  { cluster: given, filter, status, ...page }: Ecs.ListContainerInstancesRequest,
): Promise<Ecs.ListContainerInstancesResponse> {
  const cluster = parseCluster(scope, given);
  const query = filter === undefined ? undefined : clusterQuery(filter);
  await reads.activeCluster(cluster);
  // ECS's other statuses are those of instances that register or deregister. An instance of Stowage is registered or
  // not.
  if (status !== undefined && status !== 'ACTIVE' && status !== 'DRAINING') return { containerInstanceArns: [] };
  const list = { cluster, ...page, ...(status !== undefined && { status }), ...(query && { filter: query }) };
  const { items, nextToken } = await reads.model.containerInstances.list(list);
  return {
    containerInstanceArns: items.map((id) => containerInstanceArn(scope, cluster, id)),
    ...(nextToken !== undefined && { nextToken }),
  };
}

async function listAttributes(
  reads: Reads,
  scope: Scope,
  { cluster: given, attributeName, attributeValue, nextToken: from, maxResults }: Ecs.ListAttributesRequest,
): Promise<Ecs.ListAttributesResponse> {
  const cluster = parseCluster(scope, given);
  await reads.activeCluster(cluster);
  const query = { cluster, attributeName, attributeValue, nextToken: from, maxResults };
  const { items, nextToken } = await reads.model.containerInstances.attributes(query);
  return {
    attributes: items.map(({ instance, attribute }) => attributeView(attribute, { cluster, id: instance }, scope)),
    ...(nextToken !== undefined && { nextToken }),
  };
}
