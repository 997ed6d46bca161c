import { describe, expect, it } from 'vitest';
import { clusterCreated, instanceRegistered, tasksPlaced } from '../testing/events';
import { given } from '../testing/given';
import { clusterName, instanceId } from '../ids';
import type * as Ecs from '../ecs/shapes';
import { decidePutClusterCapacityProviders } from './capacity-providers';
import { decideCreateCluster } from './create-cluster';
import { decideDeleteCluster } from './delete-cluster';
import { decideUpdateCluster } from './update-cluster';

const shop = clusterName('shop');
const created = clusterCreated('shop');
const deleted = { type: 'ClusterDeleted', version: 1, cluster: shop } as const;
const principal = 'arn:aws:iam::123456789012:user/ann';

const create =
  (input: Ecs.CreateClusterRequest) =>
  (state: Parameters<typeof decideCreateCluster>[0]): ReturnType<typeof decideCreateCluster> =>
    decideCreateCluster(state, { input, principal });
const insights = (value: string): readonly Ecs.ClusterSetting[] => [{ name: 'containerInsights', value }];

describe('CreateCluster', () => {
  it('creates a cluster with the default setting', () => {
    given()
      .when(create({ clusterName: 'shop' }))
      .then(created);
  });

  it("uses the name `default` without a name, and prefers the caller's setting to the account's", () => {
    const account = { type: 'AccountSettingPut', version: 1, name: 'containerInsights', value: 'enhanced' } as const;
    given(account, { ...account, value: 'enabled', principal })
      .when(create({}))
      .then({ ...clusterCreated('default'), settings: insights('enabled') });
    given(account)
      .when(create({}))
      .then({ ...clusterCreated('default'), settings: insights('enhanced') });
  });

  it('keeps the given members', () => {
    const configuration = { executeCommandConfiguration: { logging: 'DEFAULT' } } as const;
    given()
      .when(
        create({
          clusterName: 'shop',
          settings: insights('enabled'),
          configuration,
          serviceConnectDefaults: { namespace: 'shop.local' },
          tags: [{ key: 'team', value: 'web' }, { key: 'empty' }],
        }),
      )
      .then({
        ...created,
        settings: insights('enabled'),
        configuration,
        serviceConnectDefaults: { namespace: 'shop.local' },
        tags: [
          { key: 'team', value: 'web' },
          { key: 'empty', value: '' },
        ],
      });
  });

  it('is idempotent while the request matches the existing cluster', () => {
    given(created)
      .when(create({ clusterName: 'shop' }))
      .then();
    given(created)
      .when(create({ clusterName: 'shop', settings: insights('disabled') }))
      .then();
  });

  it('is rejected for an existing cluster that is different', () => {
    const text = 'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).';
    for (const input of [
      { settings: insights('enabled') },
      { configuration: { executeCommandConfiguration: { logging: 'NONE' } } },
      { serviceConnectDefaults: { namespace: 'other' } },
    ] satisfies Ecs.CreateClusterRequest[]) {
      given(created)
        .when(create({ clusterName: 'shop', ...input }))
        .thenRefused('InvalidParameterException', text);
    }
  });

  it('creates a deleted cluster again without its previous configuration', () => {
    const old = { ...created, settings: insights('enabled'), tags: [{ key: 'a', value: 'b' }] };
    const outcome = given(old, deleted).when(create({ clusterName: 'shop' }));
    outcome.then(created);
    expect(outcome.state.clusters.get(shop)).toMatchObject({ status: 'ACTIVE', settings: insights('disabled') });
  });

  it.each<[string, Ecs.CreateClusterRequest]>([
    ['Cluster can not be blank.', { clusterName: '' }],
    ['Cluster name contains invalid characters.', { clusterName: 'a b' }],
    ['Cluster name contains invalid characters.', { clusterName: 'a'.repeat(256) }],
    ["Invalid setting 'value'", { settings: insights('on') }],
    ["Invalid setting 'name'", { settings: [{ value: 'enabled' }] }],
    [
      'A CloudWatch log group name or S3 bucket name must be specified when overriding the default log configuration',
      { configuration: { executeCommandConfiguration: { logging: 'OVERRIDE', logConfiguration: {} } } },
    ],
    [
      "The specified capacity provider 'FARGATE' cannot be used. Stowage runs tasks on container instances only: leave 'capacityProviders' empty.",
      { capacityProviders: ['FARGATE'] },
    ],
    [
      "The specified capacity provider 'own' was not found. Stowage runs tasks on container instances only: leave 'capacityProviders' empty.",
      { capacityProviders: ['own'] },
    ],
    [
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
      { defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
    ],
    [
      "Invalid tag key 'aws:x': keys that begin with 'aws:' are reserved for system use.",
      { tags: [{ key: 'aws:x', value: '' }] },
    ],
  ])('is rejected: %s', (message, input) => {
    given().when(create(input)).thenRefused('InvalidParameterException', message);
  });
});

describe('UpdateCluster', () => {
  const updated = { type: 'ClusterUpdated', version: 1, cluster: shop } as const;

  it('changes only the given members', () => {
    given(created)
      .when((state) => decideUpdateCluster(state, { cluster: shop, settings: insights('enabled') }))
      .then({ ...updated, settings: insights('enabled') });
  });

  it('emits no event when nothing changes', () => {
    given(created)
      .when((state) => decideUpdateCluster(state, { cluster: shop, settings: insights('disabled') }))
      .then();
  });

  it('removes the default namespace when the given namespace is empty', () => {
    const outcome = given({ ...created, serviceConnectDefaults: { namespace: 'shop.local' } }).when((state) =>
      decideUpdateCluster(state, { cluster: shop, serviceConnectDefaults: { namespace: '' } }),
    );
    outcome.then({ ...updated, serviceConnectDefaults: { namespace: '' } });
    expect(outcome.state.clusters.get(shop)?.serviceConnectDefaults).toBeUndefined();
  });

  it('is rejected for a cluster that is unknown or deleted', () => {
    const update = (state: Parameters<typeof decideUpdateCluster>[0]): ReturnType<typeof decideUpdateCluster> =>
      decideUpdateCluster(state, { cluster: shop });
    given().when(update).thenRefused('ClusterNotFoundException', 'Cluster not found.');
    given(created, deleted)
      .when(update)
      .thenRefused('ClusterNotFoundException', 'The referenced cluster was inactive.');
  });
});

describe('PutClusterCapacityProviders', () => {
  const put =
    (lists: Pick<Ecs.CreateClusterRequest, 'capacityProviders' | 'defaultCapacityProviderStrategy'>) =>
    (state: Parameters<typeof decideUpdateCluster>[0]): readonly never[] =>
      decidePutClusterCapacityProviders(state, { cluster: shop, ...lists });

  it('accepts two empty lists without an event', () => {
    given(created)
      .when(put({ capacityProviders: [], defaultCapacityProviderStrategy: [] }))
      .then();
  });

  it('is rejected with a capacity provider in either list', () => {
    given(created)
      .when(put({ capacityProviders: ['FARGATE_SPOT'], defaultCapacityProviderStrategy: [] }))
      .thenRefused(
        'InvalidParameterException',
        "The specified capacity provider 'FARGATE_SPOT' cannot be used. Stowage runs tasks on container instances only: leave 'capacityProviders' empty.",
      );
    given(created)
      .when(put({ capacityProviders: [], defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] }))
      .thenRefused(
        'InvalidParameterException',
        'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
      );
  });

  it('is rejected for a cluster that is unknown or deleted', () => {
    given().when(put({})).thenRefused('ClusterNotFoundException', 'Cluster not found.');
    given(created, deleted)
      .when(put({}))
      .thenRefused('ClusterNotFoundException', 'The referenced cluster was inactive.');
  });
});

describe('DeleteCluster', () => {
  const remove = (state: Parameters<typeof decideDeleteCluster>[0]): ReturnType<typeof decideDeleteCluster> =>
    decideDeleteCluster(state, shop);

  it('deletes an empty cluster', () => {
    given(created).when(remove).then(deleted);
  });

  it('is rejected while the cluster has container instances, before any other check', () => {
    given(created, instanceRegistered('shop', 'i1'), tasksPlaced('shop', 'i1', ['t1']))
      .when(remove)
      .thenRefused(
        'ClusterContainsContainerInstancesException',
        'The Cluster cannot be deleted while Container Instances are active or draining.',
      );
  });

  it('is rejected while the cluster has tasks', () => {
    const left = { type: 'InstanceDeregistered', version: 1, cluster: shop, instance: instanceId('i1') } as const;
    given(created, instanceRegistered('shop', 'i1'), tasksPlaced('shop', 'i1', ['t1']), { ...left, force: true })
      .when(remove)
      .thenRefused('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
  });

  it('is rejected for a cluster that is unknown or deleted', () => {
    given().when(remove).thenRefused('ClusterNotFoundException', 'Cluster not found.');
    given(created, deleted)
      .when(remove)
      .thenRefused('ClusterNotFoundException', 'The referenced cluster was inactive.');
  });
});
