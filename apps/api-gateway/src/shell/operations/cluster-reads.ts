import { clusterView, EcsInputs, missing, parseCluster } from '@stowage/aws-api';
import { clusterArn, type Ecs, type Scope } from '@stowage/domain';
import { inOrder } from '../../core/in-order';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** DescribeClusters and ListClusters (ecs-api 5.1). */
export function clusterReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeClusters: reads.operation(EcsInputs.DescribeClustersRequest, (input) =>
      describeClusters(reads, scope, input),
    ),
    ListClusters: reads.operation(EcsInputs.ListClustersRequest, (input) => listClusters(reads, scope, input)),
  };
}

async function describeClusters(
  { model }: Reads,
  scope: Scope,
  { clusters = [], include = [] }: Ecs.DescribeClustersRequest,
): Promise<Ecs.DescribeClustersResponse> {
  // No list, or an empty one, means the default cluster.
  const names =
    clusters.length === 0 ? [parseCluster(scope, undefined)] : clusters.map((each) => parseCluster(scope, each));
  const found = inOrder(names, await model.clusters.byNames(names));
  return {
    clusters: found.items.map((cluster) => clusterView(cluster, scope, include)),
    failures: found.missing.map((name) => missing(clusterArn(scope, name))),
  };
}

async function listClusters(
  { model }: Reads,
  scope: Scope,
  input: Ecs.ListClustersRequest,
): Promise<Ecs.ListClustersResponse> {
  const { items, nextToken } = await model.clusters.list(input);
  return { clusterArns: items.map((name) => clusterArn(scope, name)), ...(nextToken !== undefined && { nextToken }) };
}
