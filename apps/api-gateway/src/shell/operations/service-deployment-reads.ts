import {
  EcsInputs,
  missing,
  parseServiceDeployment,
  parseServiceRevision,
  serviceDeploymentBriefView,
  serviceDeploymentView,
  serviceWithCluster,
  serviceRevisionView,
} from '@stowage/aws-api';
import type { Ecs, Scope } from '@stowage/domain';
import { targetRevision, revisionCounts } from '../../core/revisions';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** Page size of ListServiceDeployments, which differs from other lists (ecs-api 4.4). */
const LIST_DEFAULT = 20;
const MS = 1_000;

/** ListServiceDeployments, DescribeServiceDeployments and DescribeServiceRevisions (ecs-api 5.8.1). */
export function serviceDeploymentReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    ListServiceDeployments: reads.operation(EcsInputs.ListServiceDeploymentsRequest, (input) =>
      listDeployments(reads, scope, input),
    ),
    DescribeServiceDeployments: reads.operation(EcsInputs.DescribeServiceDeploymentsRequest, (input) =>
      describeDeployments(reads, scope, input),
    ),
    DescribeServiceRevisions: reads.operation(EcsInputs.DescribeServiceRevisionsRequest, (input) =>
      describeRevisions(reads, scope, input),
    ),
  };
}

async function listDeployments(
  reads: Reads,
  scope: Scope,
  input: Ecs.ListServiceDeploymentsRequest,
): Promise<Ecs.ListServiceDeploymentsResponse> {
  const { cluster, service: name } = serviceWithCluster(scope, input);
  const [service] = await Promise.all([reads.knownService(cluster, name), reads.activeCluster(cluster)]);
  const { status, createdAt, maxResults = LIST_DEFAULT, nextToken: token } = input;
  const { items, nextToken } = await reads.model.serviceDeployments.list({
    cluster,
    service: name,
    since: service.createdAt,
    maxResults,
    ...(token !== undefined && { nextToken: token }),
    ...(status && { status }),
    ...(createdAt?.after !== undefined && { createdAfter: createdAt.after * MS }),
    ...(createdAt?.before !== undefined && { createdBefore: createdAt.before * MS }),
  });
  return {
    serviceDeployments: items.map((deployment) => serviceDeploymentBriefView(deployment, scope)),
    ...(nextToken !== undefined && { nextToken }),
  };
}

async function describeDeployments(
  { model }: Reads,
  scope: Scope,
  { serviceDeploymentArns }: Ecs.DescribeServiceDeploymentsRequest,
): Promise<Ecs.DescribeServiceDeploymentsResponse> {
  const asked = serviceDeploymentArns.map((arn) => ({ arn, ...parseServiceDeployment(scope, arn) }));
  const found = await model.serviceDeployments.byIds(asked.map(({ id }) => id));
  const serviceDeployments: Ecs.ServiceDeployment[] = [];
  const failures: Ecs.Failure[] = [];
  for (const { arn, id, cluster, service: name } of asked) {
    const deployment = found.get(id);
    if (deployment?.cluster !== cluster || deployment.service !== name) {
      failures.push(missing(arn));
      continue;
    }
    const service = (await model.services.byNames(cluster, [name])).get(name);
    const counts = service && revisionCounts(service, deployment.target.id);
    serviceDeployments.push(serviceDeploymentView(deployment, scope, counts));
  }
  return { serviceDeployments, failures };
}

async function describeRevisions(
  { model }: Reads,
  scope: Scope,
  { serviceRevisionArns }: Ecs.DescribeServiceRevisionsRequest,
): Promise<Ecs.DescribeServiceRevisionsResponse> {
  const asked = serviceRevisionArns.map((arn) => ({ arn, ...parseServiceRevision(scope, arn) }));
  const found = await model.serviceDeployments.byRevisions(asked.map(({ id }) => id));
  const serviceRevisions: Ecs.ServiceRevision[] = [];
  const failures: Ecs.Failure[] = [];
  for (const { arn, id, cluster, service } of asked) {
    const revision = targetRevision(found.get(id), { cluster, service });
    if (!revision) {
      failures.push(missing(arn));
      continue;
    }
    const definition = await model.taskDefinitions.byRef(revision.taskDefinition);
    serviceRevisions.push(serviceRevisionView({ cluster, service }, revision, { scope, definition }));
  }
  return { serviceRevisions, failures };
}
