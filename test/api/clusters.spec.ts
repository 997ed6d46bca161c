import {
  CreateClusterCommand,
  type CreateClusterCommandInput,
  DeleteAccountSettingCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  type ECSClient,
  ListAccountSettingsCommand,
  ListClustersCommand,
  ListTagsForResourceCommand,
  paginateListAccountSettings,
  paginateListClusters,
  PutAccountSettingCommand,
  PutAccountSettingDefaultCommand,
  PutClusterCapacityProvidersCommand,
  type PutClusterCapacityProvidersCommandInput,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterCommand,
  UpdateClusterSettingsCommand,
} from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arn, refusalOf, startTestDeployment, type TestDeployment } from '../support/deployment';

let deployment: TestDeployment;
let ecs: ECSClient;
beforeAll(async () => {
  deployment = await startTestDeployment();
  ({ ecs } = deployment);
});
afterAll(() => deployment.close());

const create = (input: CreateClusterCommandInput) => ecs.send(new CreateClusterCommand(input));

describe('CreateCluster', () => {
  it('without a name creates the cluster called default, which operations use that name no cluster', async () => {
    expect(await refusalOf(ecs.send(new UpdateClusterCommand({ cluster: 'default' })))).toBe(
      'ClusterNotFoundException: Cluster not found.',
    );
    const { cluster } = await create({});
    expect(cluster).toMatchObject({
      clusterArn: arn('cluster/default'),
      clusterName: 'default',
      status: 'ACTIVE',
      registeredContainerInstancesCount: 0,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      activeServicesCount: 0,
      settings: [{ name: 'containerInsights', value: 'disabled' }],
      capacityProviders: [],
      tags: [],
    });
    expect((await ecs.send(new DescribeClustersCommand({}))).clusters).toMatchObject([{ clusterName: 'default' }]);
  });

  it('may be repeated with the same arguments, also by both gateways at once, and not with others', async () => {
    const input = { clusterName: 'twice', tags: [{ key: 'a', value: 'b' }] };
    const both = await Promise.all([create(input), deployment.other.send(new CreateClusterCommand(input))]);
    expect(both.map(({ cluster }) => cluster?.clusterArn)).toEqual([arn('cluster/twice'), arn('cluster/twice')]);
    expect((await create({ clusterName: 'twice' })).cluster?.tags).toEqual(input.tags);
    const settings = [{ name: 'containerInsights', value: 'enabled' } as const];
    expect(await refusalOf(create({ clusterName: 'twice', settings }))).toBe(
      'InvalidParameterException: Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  });

  it.each([
    [{ clusterName: 'a b' }, /^InvalidParameterException: Cluster name contains invalid characters/],
    [{ clusterName: 'x'.repeat(256) }, /^InvalidParameterException: /],
    [{ clusterName: 'näme' }, /^InvalidParameterException: /],
    [
      { clusterName: 'bad', settings: [{ name: 'containerInsights' as const, value: 'sometimes' }] },
      /^InvalidParameterException: Invalid setting 'value'$/,
    ],
    [{ clusterName: 'bad', capacityProviders: ['none'] }, /^InvalidParameterException: .*'none' was not found/],
    [{ clusterName: 'bad', tags: [{ key: 'aws:mine', value: '' }] }, /^InvalidParameterException: .*aws:/],
    [
      { clusterName: 'bad', configuration: { executeCommandConfiguration: { logging: 'OVERRIDE' as const } } },
      /^InvalidParameterException: A CloudWatch log group name or S3 bucket name must be specified/,
    ],
  ])('rejects %j and leaves nothing behind', async (input, expected) => {
    const before = await deployment.runtime.journal.lastSequence();
    expect(await refusalOf(create(input))).toMatch(expected);
    expect(await deployment.runtime.journal.lastSequence()).toBe(before);
  });

  it("uses the caller's account setting, then the account's default, for a setting that is not given", async () => {
    const insightsOf = async (clusterName: string): Promise<unknown> =>
      (await create({ clusterName })).cluster?.settings;
    const setting = { name: 'containerInsights' } as const;
    await ecs.send(new PutAccountSettingDefaultCommand({ ...setting, value: 'enabled' }));
    expect(await insightsOf('by-account')).toEqual([{ ...setting, value: 'enabled' }]);
    await ecs.send(new PutAccountSettingCommand({ ...setting, value: 'enhanced' }));
    expect(await insightsOf('by-principal')).toEqual([{ ...setting, value: 'enhanced' }]);
    const given = await create({ clusterName: 'by-request', settings: [{ ...setting, value: 'disabled' }] });
    expect(given.cluster?.settings).toEqual([{ ...setting, value: 'disabled' }]);
    await ecs.send(new DeleteAccountSettingCommand(setting));
    expect(await insightsOf('by-account-again')).toEqual([{ ...setting, value: 'enabled' }]);
    await deployment.call('DeleteAccountSetting', { ...setting, principalArn: 'arn:aws:iam::123456789012:root' });
    expect(await insightsOf('by-nobody')).toEqual([{ ...setting, value: 'disabled' }]);
  });
});

describe('UpdateCluster and UpdateClusterSettings', () => {
  it('change the given settings and keep the others', async () => {
    await create({ clusterName: 'changed', tags: [{ key: 'a', value: 'b' }] });
    const configuration = { executeCommandConfiguration: { logging: 'NONE' as const } };
    const { cluster } = await ecs.send(new UpdateClusterCommand({ cluster: arn('cluster/changed'), configuration }));
    expect(cluster).toMatchObject({ configuration, settings: [{ value: 'disabled' }] });
    const settings = [{ name: 'containerInsights', value: 'enhanced' } as const];
    await ecs.send(new UpdateClusterSettingsCommand({ cluster: 'changed', settings }));
    const include = ['SETTINGS', 'CONFIGURATIONS', 'TAGS'] as const;
    const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ['changed'], include: [...include] }));
    expect(clusters).toMatchObject([{ settings, configuration, tags: [{ key: 'a', value: 'b' }] }]);
  });

  it('are rejected for a missing cluster, another account, or an unknown setting', async () => {
    const settings = [{ name: 'containerInsights', value: 'enabled' } as const];
    const update = (cluster: string): Promise<string> =>
      refusalOf(ecs.send(new UpdateClusterSettingsCommand({ cluster, settings })));
    expect(await update('nowhere')).toBe('ClusterNotFoundException: Cluster not found.');
    expect(await update('arn:aws:ecs:eu-west-1:123456789012:cluster/changed')).toMatch(/^InvalidParameterException: /);
    expect(await update('arn:aws:ecs:us-east-1:999999999999:cluster/changed')).toMatch(/^InvalidParameterException: /);
    const wrong = [{ name: 'containerOutsights' as 'containerInsights', value: 'enabled' }];
    expect(await refusalOf(ecs.send(new UpdateClusterSettingsCommand({ cluster: 'changed', settings: wrong })))).toBe(
      'InvalidParameterException: Settings[0].name should be one of [containerInsights]',
    );
  });
});

describe('capacity providers', () => {
  const put = (input: Partial<PutClusterCapacityProvidersCommandInput>) =>
    ecs.send(
      new PutClusterCapacityProvidersCommand({
        cluster: 'providers',
        capacityProviders: [],
        defaultCapacityProviderStrategy: [],
        ...input,
      }),
    );

  it('of a cluster are two empty lists, and no others are accepted', async () => {
    await create({ clusterName: 'providers' });
    const { cluster } = await put({});
    expect(cluster).toMatchObject({ clusterName: 'providers', status: 'ACTIVE', capacityProviders: [] });
    expect(await refusalOf(put({ capacityProviders: ['FARGATE'] }))).toMatch(
      /^InvalidParameterException: .*'FARGATE' cannot be used.*leave 'capacityProviders' empty/,
    );
    expect(await refusalOf(put({ capacityProviders: undefined }))).toBe(
      'InvalidParameterException: CapacityProviders must be given.',
    );
    expect(await refusalOf(put({ cluster: 'nowhere' }))).toBe('ClusterNotFoundException: Cluster not found.');
  });

  it('are described page by page: those that every account has, and the missing ones as failures', async () => {
    const describeProviders = (input: object) => ecs.send(new DescribeCapacityProvidersCommand(input));
    const all = await describeProviders({ include: ['TAGS'] });
    const fargate = {
      capacityProviderArn: arn('capacity-provider/FARGATE'),
      name: 'FARGATE',
      status: 'ACTIVE',
      tags: [],
    };
    expect(all.capacityProviders).toMatchObject([fargate, { name: 'FARGATE_SPOT' }]);
    const first = await describeProviders({ maxResults: 1 });
    const second = await describeProviders({ maxResults: 1, nextToken: first.nextToken });
    expect([first, second].flatMap(({ capacityProviders = [] }) => capacityProviders)).toEqual(all.capacityProviders);
    expect(second.nextToken).toBeUndefined();
    const asked = await describeProviders({ capacityProviders: ['own', fargate.capacityProviderArn] });
    expect(asked.capacityProviders).toMatchObject([fargate]);
    expect(asked.failures).toEqual([{ arn: arn('capacity-provider/own'), reason: 'MISSING' }]);
    await create({ clusterName: 'providers' });
    expect((await describeProviders({ cluster: 'providers' })).capacityProviders).toEqual([]);
    expect(await refusalOf(describeProviders({ cluster: 'nowhere' }))).toMatch(/^ClusterNotFoundException/);
  });
});

describe('DeleteCluster', () => {
  it('rejects a cluster with instances, then makes it INACTIVE, and CreateCluster creates it again', async () => {
    const { instances } = await deployment.fleet('doomed');
    const remove = () => ecs.send(new DeleteClusterCommand({ cluster: 'doomed' }));
    expect(await refusalOf(remove())).toBe(
      'ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container Instances are active or draining.',
    );
    await ecs.send(
      new DeregisterContainerInstanceCommand({ cluster: 'doomed', containerInstance: instances[0], force: true }),
    );
    expect((await remove()).cluster).toMatchObject({ clusterName: 'doomed', status: 'INACTIVE' });
    expect(await refusalOf(remove())).toBe('ClusterNotFoundException: The referenced cluster was inactive.');
    const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ['doomed'] }));
    expect(clusters).toMatchObject([{ status: 'INACTIVE' }]);
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns).not.toContain(arn('cluster/doomed'));
    expect((await create({ clusterName: 'doomed' })).cluster).toMatchObject({ status: 'ACTIVE' });
  });

  it('rejects a missing cluster', async () => {
    expect(await refusalOf(ecs.send(new DeleteClusterCommand({ cluster: 'nowhere' })))).toBe(
      'ClusterNotFoundException: Cluster not found.',
    );
  });
});

describe('ListClusters', () => {
  it('lists each cluster once, page by page, through any gateway', async () => {
    const names = Array.from({ length: 7 }, (_, at) => `paged-${String(at)}`);
    for (const clusterName of names) await create({ clusterName });
    const seen: string[] = [];
    for await (const { clusterArns = [] } of paginateListClusters({ client: ecs, pageSize: 3 }, {})) {
      expect(clusterArns.length).toBeLessThanOrEqual(3);
      seen.push(...clusterArns);
    }
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toEqual(expect.arrayContaining(names.map((name) => arn(`cluster/${name}`))));
    const first = await ecs.send(new ListClustersCommand({ maxResults: 2 }));
    const second = await deployment.other.send(new ListClustersCommand({ maxResults: 2, nextToken: first.nextToken }));
    expect([...(first.clusterArns ?? []), ...(second.clusterArns ?? [])]).toEqual(seen.slice(0, 4));
  });

  it('rejects pages that are too large or too small, and unknown tokens', async () => {
    for (const maxResults of [0, 101, -1]) {
      expect(await refusalOf(ecs.send(new ListClustersCommand({ maxResults })))).toMatch(
        /^InvalidParameterException: /,
      );
    }
    const { nextToken } = await ecs.send(new ListClustersCommand({ maxResults: 1 }));
    expect(nextToken).toBeDefined();
    for (const wrong of ['nonsense', `${nextToken ?? ''}x`, nextToken?.slice(0, -2)]) {
      expect(await refusalOf(ecs.send(new ListClustersCommand({ nextToken: wrong })))).toMatch(
        /^InvalidParameterException: Invalid token/,
      );
    }
  });
});

describe('tags', () => {
  it('are added, replaced, removed and listed', async () => {
    await create({ clusterName: 'tagged', tags: [{ key: 'a', value: '1' }] });
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'tagged',
        containerDefinitions: [{ name: 'web', image: 'busybox', memory: 16 }],
      }),
    );
    for (const resourceArn of [arn('cluster/tagged'), arn('task-definition/tagged:1')]) {
      const tags = [
        { key: 'a', value: '2' },
        { key: 'b', value: 'x y' },
        { key: 'c', value: '' },
      ];
      expect(await ecs.send(new TagResourceCommand({ resourceArn, tags }))).not.toHaveProperty('tags');
      await deployment.other.send(new UntagResourceCommand({ resourceArn, tagKeys: ['b', 'never'] }));
      expect((await ecs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([tags[0], tags[2]]);
    }
  });

  it.each([
    [arn('cluster/nowhere'), 'ClusterNotFoundException: Cluster not found.'],
    [arn(`task/tagged/${'0'.repeat(32)}`), /^InvalidParameterException: The specified task is not found/],
    [arn('task-definition/tagged:7'), /^InvalidParameterException: The specified task definition is not found/],
    [arn('capacity-provider/x'), /^ResourceNotFoundException: /],
    ['nonsense', /^InvalidParameterException: /],
  ])('are rejected for %s', async (resourceArn, expected) => {
    const tags = [{ key: 'a', value: 'b' }];
    expect(await refusalOf(ecs.send(new TagResourceCommand({ resourceArn, tags })))).toMatch(expected);
    expect(await refusalOf(ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] })))).toMatch(expected);
    expect(await refusalOf(ecs.send(new ListTagsForResourceCommand({ resourceArn })))).toMatch(expected);
  });

  it('are rejected beyond fifty, with a reserved key, or with a duplicate key', async () => {
    const tag = (tags: readonly { readonly key: string }[]): Promise<string> =>
      refusalOf(ecs.send(new TagResourceCommand({ resourceArn: arn('cluster/tagged'), tags: [...tags] })));
    expect(await tag(Array.from({ length: 51 }, (_, at) => ({ key: `k${String(at)}` })))).toMatch(/50/);
    expect(await tag([{ key: 'AWS:x' }])).toMatch(/reserved for system use/);
    expect(await tag([{ key: 'k' }, { key: 'k' }])).toMatch(/Duplicate tag keys/);
    expect(await tag([])).toMatch(/^InvalidParameterException: Tags can not be empty/);
  });
});

describe('account settings', () => {
  it("use the principal's value first, then the account's, then the default of ECS", async () => {
    const user = 'arn:aws:iam::123456789012:user/somebody';
    const setting = { name: 'awsvpcTrunking', principalArn: user } as const;
    expect((await ecs.send(new PutAccountSettingCommand({ ...setting, value: 'enabled' }))).setting).toEqual({
      ...setting,
      value: 'enabled',
      type: 'user',
    });
    const of = async (principalArn: string | undefined, effectiveSettings: boolean): Promise<readonly string[]> => {
      const found: string[] = [];
      const query = { effectiveSettings, ...(principalArn !== undefined && { principalArn }) };
      for await (const { settings = [] } of paginateListAccountSettings({ client: deployment.other }, query)) {
        expect(settings.length).toBeLessThanOrEqual(10);
        found.push(...settings.map(({ name = '', value = '' }) => `${name}=${value}`));
      }
      return found;
    };
    expect(await of(user, false)).toEqual(['awsvpcTrunking=enabled']);
    expect(await of(undefined, false)).toEqual([]);
    expect(await of(undefined, true)).toContain('awsvpcTrunking=disabled');
    await ecs.send(new PutAccountSettingDefaultCommand({ name: 'awsvpcTrunking', value: 'enabled' }));
    expect(await of(undefined, true)).toContain('awsvpcTrunking=enabled');
    const { settings } = await ecs.send(
      new ListAccountSettingsCommand({ name: 'awsvpcTrunking', value: 'disabled', effectiveSettings: true }),
    );
    expect(settings).toEqual([]);
  });

  it('are rejected with an unknown name or value', async () => {
    const put = (name: string, value: string): Promise<string> =>
      refusalOf(ecs.send(new PutAccountSettingCommand({ name: name as 'awsvpcTrunking', value })));
    expect(await put('nothing', 'enabled')).toMatch(
      /^InvalidParameterException: .*should be one of \[serviceLongArnFormat,taskLongArnFormat/,
    );
    expect(await put('awsvpcTrunking', 'maybe')).toMatch(/^InvalidParameterException: /);
    expect(await put('taskLongArnFormat', 'disabled')).toMatch(/^InvalidParameterException: /);
  });
});

describe('GetCallerIdentity', () => {
  it('returns the signer over AWS Query', async () => {
    expect(await deployment.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/admin',
    });
  });
});
