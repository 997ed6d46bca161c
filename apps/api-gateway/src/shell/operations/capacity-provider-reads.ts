import { capacityProviderView, EcsInputs, missing, parseCapacityProvider, parseCluster } from '@stowage/aws-api';
import { BUILT_IN_CAPACITY_PROVIDERS, capacityProviderArn, type Ecs, type Scope } from '@stowage/domain';
import { pageOf, Pages } from '@stowage/read-model';
import type { Runtime } from '@stowage/runtime';
import { inOrder } from '../../core/in-order';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** ECS returns at most this many capacity providers in one page. */
const PAGE_ITEMS_MAX = 10;

/** DescribeCapacityProviders (ecs-api 5.12). */
export function capacityProviderReads(reads: Reads, runtime: Runtime): Readonly<Record<string, OwnOperation>> {
  const pages = new Pages(runtime.journal.id);
  return {
    DescribeCapacityProviders: reads.operation(EcsInputs.DescribeCapacityProvidersRequest, (input) =>
      describeCapacityProviders({ reads, pages, scope: runtime.scope }, input),
    ),
  };
}

interface Context {
  readonly reads: Reads;
  readonly pages: Pages;
  readonly scope: Scope;
}

async function describeCapacityProviders(
  { reads, pages, scope }: Context,
  input: Ecs.DescribeCapacityProvidersRequest,
): Promise<Ecs.DescribeCapacityProvidersResponse> {
  const { capacityProviders: asked = [], cluster, maxResults = PAGE_ITEMS_MAX, nextToken: from } = input;
  const associated = cluster === undefined ? undefined : await reads.activeCluster(parseCluster(scope, cluster));
  const present = BUILT_IN_CAPACITY_PROVIDERS.filter((name) => associated?.capacityProviders.includes(name) ?? true);
  const names = asked.length === 0 ? present : asked.map((each) => parseCapacityProvider(scope, each));
  const found = inOrder<string, (typeof present)[number]>(names, new Map(present.map((name) => [name, name])));
  const query = ['capacity-providers', { asked, cluster: associated?.name ?? null }];
  const page = pages.open(query, { maxResults, ...(from !== undefined && { nextToken: from }) });
  const after = found.items.findIndex((name) => name === page.after?.[0]);
  const { items, nextToken } = pageOf(page, found.items.slice(after + 1), {
    cursor: (name) => [name],
    item: (name) => capacityProviderView(name, scope),
  });
  return {
    capacityProviders: items,
    // The first page reports all of them.
    failures: (page.after ? [] : found.missing).map((name) => missing(capacityProviderArn(scope, name))),
    ...(nextToken !== undefined && { nextToken }),
  };
}
