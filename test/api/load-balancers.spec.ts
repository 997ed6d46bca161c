import {
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  type CreateLoadBalancerCommandInput,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeAccountLimitsCommand,
  DescribeCapacityReservationCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeSSLPoliciesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
  RegisterTargetsCommand,
  RemoveTagsCommand,
  SetIpAddressTypeCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
  waitUntilLoadBalancerAvailable,
  waitUntilLoadBalancerExists,
  waitUntilLoadBalancersDeleted,
  waitUntilTargetDeregistered,
  waitUntilTargetInService,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterCreated, instanceRegistered } from '../../libs/domain/src/testing/events';
import { refusalOf } from '../support/deployment';
import { startTestGateway, type TestGateway } from '../support/gateway';

const WAIT = { minDelay: 0.05, maxDelay: 0.1, maxWaitTime: 30 };
const FORWARD = 'forward';

let gateway: TestGateway;
let elb: ElasticLoadBalancingV2Client;
beforeAll(async () => {
  // Runs without HAProxy. The test writes the results of the data plane into the journal.
  gateway = await startTestGateway();
  elb = gateway.elbv2;
});
afterAll(() => gateway.close());

const create = async (input: CreateLoadBalancerCommandInput) =>
  (await elb.send(new CreateLoadBalancerCommand(input))).LoadBalancers?.[0] ?? {};
const createGroup = async (input: CreateTargetGroupCommandInput) =>
  (await elb.send(new CreateTargetGroupCommand({ Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1', ...input })))
    .TargetGroups?.[0] ?? {};
const active = (loadBalancer: string) =>
  gateway.commit({ type: 'LoadBalancerStateChanged', version: 1, loadBalancer, state: { code: 'active' } });

describe('a load balancer', () => {
  it('is created, becomes active, is found in every way, and is deleted', async () => {
    const created = await create({
      Name: 'front',
      Subnets: ['subnet-1', 'subnet-2'],
      SecurityGroups: ['sg-1'],
      Tags: [{ Key: 'team', Value: 'web' }],
    });
    const { LoadBalancerArn: arn = '', DNSName } = created;
    expect(arn).toMatch(/^arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer\/app\/front\/[0-9a-f]{16}$/);
    expect(created).toMatchObject({
      LoadBalancerName: 'front',
      Type: 'application',
      Scheme: 'internet-facing',
      IpAddressType: 'ipv4',
      State: { Code: 'provisioning' },
      AvailabilityZones: [
        { ZoneName: 'us-east-1a', SubnetId: 'subnet-1' },
        { ZoneName: 'us-east-1b', SubnetId: 'subnet-2' },
      ],
      SecurityGroups: ['sg-1'],
    });
    expect(DNSName).toMatch(/^127\.64\.0\.\d+$/);
    expect(created.CreatedTime?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    await active('front');
    await waitUntilLoadBalancerExists({ client: elb, ...WAIT }, { Names: ['front'] });
    await waitUntilLoadBalancerAvailable({ client: elb, ...WAIT }, { LoadBalancerArns: [arn] });
    const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ Names: ['front'] }));
    expect(LoadBalancers).toEqual([{ ...created, State: { Code: 'active' } }]);
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    await waitUntilLoadBalancersDeleted({ client: elb, ...WAIT }, { LoadBalancerArns: [arn] });
    expect(await refusalOf(elb.send(new DescribeLoadBalancersCommand({ Names: ['front'] })))).toBe(
      "LoadBalancerNotFoundException: Load balancers '[front]' not found",
    );
    const again = await create({ Name: 'front' });
    expect(again.LoadBalancerArn).not.toBe(arn);
    expect(await refusalOf(elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] })))).toBe(
      'LoadBalancerNotFoundException: One or more load balancers not found',
    );
  });

  it('may be created again with the same settings, also concurrently, and not with others', async () => {
    const input = { Name: 'twice', Type: 'network', Scheme: 'internal' } as const;
    const both = await Promise.all([create(input), create(input)]);
    expect(both[0].LoadBalancerArn).toMatch(/loadbalancer\/net\/twice\//);
    expect(both[1]).toEqual(both[0]);
    expect(await refusalOf(create({ ...input, Scheme: 'internet-facing' }))).toBe(
      "DuplicateLoadBalancerNameException: A load balancer with the same name 'twice' exists, but with different settings",
    );
  });

  it('has its own address', async () => {
    const all = await Promise.all(['one', 'two', 'three'].map((name) => create({ Name: `address-${name}` })));
    expect(new Set(all.map(({ DNSName }) => DNSName)).size).toBe(3);
  });

  it('keeps changed attributes', async () => {
    const { LoadBalancerArn } = await create({ Name: 'changing' });
    const { Attributes = [] } = await elb.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerArn,
        Attributes: [
          { Key: 'idle_timeout.timeout_seconds', Value: '30' },
          { Key: 'deletion_protection.enabled', Value: 'true' },
          { Key: 'access_logs.s3.enabled', Value: 'false' },
        ],
      }),
    );
    const described = await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
    expect(described.Attributes).toEqual(Attributes);
    expect(Attributes).toContainEqual({ Key: 'idle_timeout.timeout_seconds', Value: '30' });
    expect(Attributes).toContainEqual({ Key: 'routing.http2.enabled', Value: 'true' });
    expect(await refusalOf(elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn })))).toBe(
      `OperationNotPermittedException: Load balancer '${LoadBalancerArn ?? ''}' cannot be deleted because deletion protection is enabled`,
    );
    const groups = await elb.send(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: ['sg-9'] }));
    expect(groups.SecurityGroupIds).toEqual(['sg-9']);
    const subnets = await elb.send(new SetSubnetsCommand({ LoadBalancerArn, SubnetMappings: [{ SubnetId: 's-9' }] }));
    expect(subnets).toMatchObject({
      AvailabilityZones: [{ ZoneName: 'us-east-1a', SubnetId: 's-9' }],
      IpAddressType: 'ipv4',
    });
    const type = await elb.send(new SetIpAddressTypeCommand({ LoadBalancerArn, IpAddressType: 'ipv4' }));
    expect(type.IpAddressType).toBe('ipv4');
    expect(
      await refusalOf(elb.send(new SetIpAddressTypeCommand({ LoadBalancerArn, IpAddressType: 'dualstack' }))),
    ).toBe("InvalidConfigurationRequestException: IpAddressType 'dualstack' is not supported: use 'ipv4'");
  });

  it('has no capacity reservation', async () => {
    const { LoadBalancerArn = '' } = await create({ Name: 'unreserved' });
    const reservationOf = (arn: string) => elb.send(new DescribeCapacityReservationCommand({ LoadBalancerArn: arn }));
    const { $metadata: _, ...reservation } = await reservationOf(LoadBalancerArn);
    expect(reservation).toEqual({ CapacityReservationState: [] });
    expect(await refusalOf(reservationOf(LoadBalancerArn.replace('unreserved', 'other')))).toMatch(
      /^LoadBalancerNotFoundException/,
    );
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  });

  it('is listed page by page', async () => {
    const pages: number[] = [];
    const names: (string | undefined)[] = [];
    for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client: elb, pageSize: 2 }, {})) {
      pages.push(LoadBalancers.length);
      names.push(...LoadBalancers.map(({ LoadBalancerName }) => LoadBalancerName));
    }
    expect(pages.slice(0, -1).every((size) => size === 2)).toBe(true);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(expect.arrayContaining(['address-one', 'address-three', 'address-two', 'twice']));
  });

  it.each<[string, CreateLoadBalancerCommandInput]>([
    ["ValidationError: The load balancer name '-a' cannot begin or end with a hyphen(-)", { Name: '-a' }],
    ["ValidationError: The load balancer name 'internal-a' cannot begin with 'internal-'", { Name: 'internal-a' }],
    [
      "InvalidConfigurationRequestException: Load balancer type 'gateway' is not supported: use 'application' or 'network'",
      { Name: 'a', Type: 'gateway' },
    ],
    [
      'InvalidConfigurationRequestException: An address in SubnetMappings is not supported: specify the SubnetId alone',
      { Name: 'a', SubnetMappings: [{ SubnetId: 's', AllocationId: 'eipalloc-1' }] },
    ],
    [
      "DuplicateTagKeysException: Duplicate tag keys found: 'a'",
      { Name: 'a', Tags: [{ Key: 'a' }, { Key: 'a', Value: 'b' }] },
    ],
  ])('is rejected: %s', async (text, input) => {
    expect(await refusalOf(create(input))).toBe(text);
  });
});

describe('a target group', () => {
  it('has the defaults of its kind, and may be changed', async () => {
    const group = await createGroup({ Name: 'defaults' });
    const { TargetGroupArn = '' } = group;
    expect(TargetGroupArn).toMatch(
      /^arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup\/defaults\/[0-9a-f]{16}$/,
    );
    expect(group).toEqual({
      TargetGroupArn,
      TargetGroupName: 'defaults',
      Protocol: 'HTTP',
      ProtocolVersion: 'HTTP1',
      Port: 80,
      VpcId: 'vpc-1',
      HealthCheckProtocol: 'HTTP',
      HealthCheckPort: 'traffic-port',
      HealthCheckEnabled: true,
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
      HealthCheckPath: '/',
      Matcher: { HttpCode: '200' },
      LoadBalancerArns: [],
      TargetType: 'instance',
      IpAddressType: 'ipv4',
    });
    const { TargetGroups } = await elb.send(
      new ModifyTargetGroupCommand({ TargetGroupArn, HealthCheckPath: '/health', Matcher: { HttpCode: '200-299' } }),
    );
    expect(TargetGroups).toEqual([{ ...group, HealthCheckPath: '/health', Matcher: { HttpCode: '200-299' } }]);
    const changed = await elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn,
        Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '7' }],
      }),
    );
    const described = await elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
    expect(described.Attributes).toEqual(changed.Attributes);
    expect(described.Attributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '7' });
    expect(described.Attributes).toContainEqual({ Key: 'stickiness.type', Value: 'lb_cookie' });
  });

  it('registers, watches and drains targets', async () => {
    await gateway.commit(clusterCreated('shop'), instanceRegistered('shop', 'i1'));
    const { TargetGroupArn = '' } = await createGroup({ Name: 'targets' });
    const { LoadBalancerArn } = await create({ Name: 'targets' });
    const listen = new CreateListenerCommand({
      LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: FORWARD, TargetGroupArn }],
    });
    const Targets = [{ Id: 'i-i1', Port: 8080 }];
    await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
    const health = async () => {
      const answer = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn, Targets }));
      return answer.TargetHealthDescriptions?.[0];
    };
    expect(await health()).toMatchObject({ TargetHealth: { State: 'unused', Reason: 'Target.NotInUse' } });
    const { Listeners } = await elb.send(listen);
    expect(await health()).toMatchObject({
      Target: { Id: 'i-i1', Port: 8080 },
      HealthCheckPort: '8080',
      TargetHealth: { State: 'initial', Reason: 'Elb.RegistrationInProgress' },
    });
    const key = { id: 'i-i1', port: 8080 };
    const about = { version: 1, targetGroup: 'targets' } as const;
    await gateway.commit({
      type: 'TargetHealthChanged',
      ...about,
      targets: [{ ...key, health: { state: 'healthy' } }],
    });
    await waitUntilTargetInService({ client: elb, ...WAIT }, { TargetGroupArn, Targets });
    await elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
    expect((await health())?.TargetHealth).toEqual({
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
      Description: 'Target deregistration is in progress',
    });
    await gateway.commit({ type: 'TargetsDrained', ...about, targets: [key] });
    await waitUntilTargetDeregistered({ client: elb, ...WAIT }, { TargetGroupArn, Targets });
    expect((await health())?.TargetHealth).toMatchObject({ State: 'unused', Reason: 'Target.NotRegistered' });
    const remove = new DeleteTargetGroupCommand({ TargetGroupArn });
    expect(await refusalOf(elb.send(remove))).toBe(
      `ResourceInUseException: Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
    );
    await elb.send(new DeleteListenerCommand({ ListenerArn: Listeners?.[0]?.ListenerArn }));
    await elb.send(remove);
    expect(await refusalOf(elb.send(new DescribeTargetGroupsCommand({ Names: ['targets'] })))).toBe(
      'TargetGroupNotFoundException: One or more target groups not found',
    );
  });

  it('shows which load balancer uses it, and is listed by load balancer', async () => {
    const groups = await Promise.all(['used-a', 'used-b', 'used-c'].map((Name) => createGroup({ Name })));
    const { LoadBalancerArn } = await create({ Name: 'user' });
    const TargetGroups = groups.slice(0, 2).map(({ TargetGroupArn }) => ({ TargetGroupArn, Weight: 1 }));
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn,
        Protocol: 'HTTP',
        Port: 80,
        DefaultActions: [{ Type: FORWARD, ForwardConfig: { TargetGroups } }],
      }),
    );
    const listed = await elb.send(new DescribeTargetGroupsCommand({ LoadBalancerArn }));
    expect(listed.TargetGroups).toMatchObject([
      { TargetGroupName: 'used-a', LoadBalancerArns: [LoadBalancerArn] },
      { TargetGroupName: 'used-b', LoadBalancerArns: [LoadBalancerArn] },
    ]);
    const names: (string | undefined)[] = [];
    for await (const page of paginateDescribeTargetGroups({ client: elb, pageSize: 1 }, {})) {
      names.push(...(page.TargetGroups ?? []).map(({ TargetGroupName }) => TargetGroupName));
    }
    expect(names).toEqual(expect.arrayContaining(['used-a', 'used-b', 'used-c']));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each<[string, CreateTargetGroupCommandInput]>([
    [
      "InvalidConfigurationRequestException: Target type 'lambda' is not supported: use 'instance' or 'ip'",
      { Name: 'a', TargetType: 'lambda' },
    ],
    [
      "InvalidConfigurationRequestException: Protocol 'UDP' is not supported: use HTTP, HTTPS, TCP or TLS",
      { Name: 'a', Protocol: 'UDP' },
    ],
    [
      "ValidationError: Health check timeout '30' must be smaller than the interval '30'",
      { Name: 'a', HealthCheckTimeoutSeconds: 30 },
    ],
    [
      "ValidationError: Health check matcher HTTP code '500' must be within '200-499' inclusive",
      { Name: 'a', Matcher: { HttpCode: '500' } },
    ],
    [
      "DuplicateTargetGroupNameException: A target group with the same name 'defaults' exists, but with different settings",
      { Name: 'defaults', Port: 81 },
    ],
  ])('is rejected: %s', async (text, input) => {
    expect(await refusalOf(createGroup(input))).toBe(text);
  });

  it('rejects targets that do not name a container instance', async () => {
    const { TargetGroupArn } = await createGroup({ Name: 'no-such-targets' });
    const register = (Id: string) => elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id }] }));
    expect(await refusalOf(register('i-0000'))).toBe(
      "InvalidTargetException: The following targets are not in a running state and cannot be registered: 'i-0000'",
    );
    expect(await refusalOf(register('10.0.0.1'))).toBe("ValidationError: Instance ID '10.0.0.1' is not valid");
  });
});

describe('tags', () => {
  it('are added, described and removed on several resources at once, or on none', async () => {
    const { TargetGroupArn = '' } = await createGroup({ Name: 'tagged' });
    const { LoadBalancerArn = '' } = await create({ Name: 'tagged', Tags: [{ Key: 'old', Value: '1' }] });
    const ResourceArns = [TargetGroupArn, LoadBalancerArn];
    await elb.send(new AddTagsCommand({ ResourceArns, Tags: [{ Key: 'new', Value: '2' }] }));
    await elb.send(new RemoveTagsCommand({ ResourceArns, TagKeys: ['old'] }));
    const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ ResourceArns }));
    expect(TagDescriptions).toEqual(
      ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'new', Value: '2' }] })),
    );
    const unknown = TargetGroupArn.replace(/.$/, 'x');
    const add = elb.send(
      new AddTagsCommand({ ResourceArns: [LoadBalancerArn, unknown], Tags: [{ Key: 'a', Value: '' }] }),
    );
    expect(await refusalOf(add)).toBe('TargetGroupNotFoundException: One or more target groups not found');
    const after = await elb.send(new DescribeTagsCommand({ ResourceArns: [LoadBalancerArn] }));
    expect(after.TagDescriptions?.[0]?.Tags).toEqual([{ Key: 'new', Value: '2' }]);
  });
});

describe('the data that all accounts share', () => {
  it('is described', async () => {
    const { Limits } = await elb.send(new DescribeAccountLimitsCommand({}));
    expect(Limits).toContainEqual({ Name: 'targets-per-target-group', Max: '1000' });
    const { SslPolicies } = await elb.send(
      new DescribeSSLPoliciesCommand({ Names: ['ELBSecurityPolicy-TLS13-1-2-2021-06'] }),
    );
    expect(SslPolicies).toMatchObject([{ SslProtocols: ['TLSv1.2', 'TLSv1.3'] }]);
    expect(await refusalOf(elb.send(new DescribeSSLPoliciesCommand({ Names: ['none'] })))).toBe(
      "SSLPolicyNotFoundException: SSL policy 'none' not found",
    );
  });
});
