import { EcsInputs, isArnLike, missing, parseCluster, parseService, serviceView } from '@stowage/aws-api';
import { type Ecs, type Scope, serviceArn } from '@stowage/domain';
import { inOrder } from '../../core/in-order';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** Page size of ListServices, which differs from other lists (ecs-api 4.4). */
const LIST_DEFAULT = 10;

/** DescribeServices and ListServices (ecs-api 5.7.6). */
export function serviceReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeServices: reads.operation(EcsInputs.DescribeServicesRequest, (input) =>
      describeServices(reads, scope, input),
    ),
    ListServices: reads.operation(EcsInputs.ListServicesRequest, (input) => listServices(reads, scope, input)),
  };
}

async function describeServices(
  reads: Reads,
  scope: Scope,
  { cluster: given, services, include = [] }: Ecs.DescribeServicesRequest,
): Promise<Ecs.DescribeServicesResponse> {
  const cluster = parseCluster(scope, given);
  // The text of the request, because a failure names missing services in this form.
  const identifiers = new Map(services.map((each) => [parseService(scope, cluster, each), each]));
  const names = [...identifiers.keys()];
  const [records] = await Promise.all([reads.model.services.byNames(cluster, names), reads.activeCluster(cluster)]);
  const found = inOrder(names, records);
  return {
    services: found.items.map((service) => serviceView(service, scope, include)),
    failures: found.missing.map((name) => missing(missingArn(scope, identifiers.get(name) ?? name))),
  };
}

/** ECS omits the cluster in the ARN of a service that is requested by its name only. */
function missingArn({ region, account }: Scope, identifier: string): string {
  return isArnLike(identifier) ? identifier : `arn:aws:ecs:${region}:${account}:service/${identifier}`;
}

async function listServices(
  reads: Reads,
  scope: Scope,
  input: Ecs.ListServicesRequest,
): Promise<Ecs.ListServicesResponse> {
  const cluster = parseCluster(scope, input.cluster);
  const { launchType, schedulingStrategy, resourceManagementType, maxResults = LIST_DEFAULT } = input;
  await reads.activeCluster(cluster);
  // All services belong to users. ECS manages only services of kinds that Stowage does not have.
  if (resourceManagementType === 'ECS') return { serviceArns: [] };
  const { items, nextToken } = await reads.model.services.list({
    cluster,
    maxResults,
    ...(input.nextToken !== undefined && { nextToken: input.nextToken }),
    ...(launchType !== undefined && { launchType }),
    ...(schedulingStrategy !== undefined && { schedulingStrategy }),
  });
  return {
    serviceArns: items.map((name) => serviceArn(scope, cluster, name)),
    ...(nextToken !== undefined && { nextToken }),
  };
}
