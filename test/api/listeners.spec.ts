import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import {
  type Action,
  AddListenerCertificatesCommand,
  CreateListenerCommand,
  type CreateListenerCommandInput,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  type CreateRuleCommandInput,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteRuleCommand,
  DescribeListenerAttributesCommand,
  DescribeListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  type ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyRuleCommand,
  paginateDescribeListeners,
  paginateDescribeRules,
  RemoveListenerCertificatesCommand,
  SetRulePrioritiesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from '../support/deployment';
import { startTestGateway, type TestGateway } from '../support/gateway';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/';
const NOT_FOUND: Action = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } };

let gateway: TestGateway;
let elb: ElasticLoadBalancingV2Client;
let certificates: string;
/** Groups `one` and `two` for HTTP, and `tcp`. */
const groups: Record<string, string> = {};
let application: string;
let network: string;
beforeAll(async () => {
  certificates = mkdtempSync(join(tmpdir(), 'stowage-certificates-'));
  mkdirSync(certificates, { recursive: true });
  for (const name of ['site', 'other']) writeFileSync(join(certificates, `${name}.pem`), 'not checked here');
  gateway = await startTestGateway({ settings: { STOWAGE_CERTIFICATES_DIR: certificates } });
  elb = gateway.elbv2;
  for (const [Name, Protocol] of [['one', 'HTTP'] as const, ['two', 'HTTP'] as const, ['tcp', 'TCP'] as const]) {
    const { TargetGroups } = await elb.send(new CreateTargetGroupCommand({ Name, Protocol, Port: 80, VpcId: 'v' }));
    groups[Name] = TargetGroups?.[0]?.TargetGroupArn ?? '';
  }
  application = await loadBalancer('application');
  network = await loadBalancer('network');
});
afterAll(async () => {
  await gateway.close();
  rmSync(certificates, { recursive: true });
});

async function loadBalancer(Type: 'application' | 'network', Name: string = Type): Promise<string> {
  const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name, Type }));
  return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}

const listen = async (input: Partial<CreateListenerCommandInput>) => {
  const byDefault: CreateListenerCommandInput = {
    LoadBalancerArn: application,
    Protocol: 'HTTP',
    DefaultActions: [NOT_FOUND],
  };
  const all = { ...byDefault, ...input };
  return (await elb.send(new CreateListenerCommand(all))).Listeners?.[0] ?? {};
};
const createRule = async (input: Partial<CreateRuleCommandInput> & Pick<CreateRuleCommandInput, 'ListenerArn'>) => {
  const Conditions = [{ Field: 'path-pattern', Values: ['/a*'] }];
  const all = { Priority: 1, Conditions, Actions: [NOT_FOUND], ...input };
  return (await elb.send(new CreateRuleCommand(all))).Rules?.[0] ?? {};
};
const toGroups = (...weights: readonly (readonly [string, number])[]): Action => ({
  Type: 'forward',
  ForwardConfig: {
    TargetGroups: weights.map(([name, Weight]) => ({ TargetGroupArn: groups[name], Weight })),
    TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
  },
});

describe('a listener', () => {
  it('is created, described, changed and deleted', async () => {
    const created = await listen({ Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: groups['one'] }] });
    const { ListenerArn = '' } = created;
    expect(ListenerArn).toMatch(
      /^arn:aws:elasticloadbalancing:us-east-1:123456789012:listener\/app\/application\/[0-9a-f]{16}\/[0-9a-f]{16}$/,
    );
    expect(created).toEqual({
      ListenerArn,
      LoadBalancerArn: application,
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [
        {
          Type: 'forward',
          Order: 1,
          TargetGroupArn: groups['one'],
          ForwardConfig: {
            TargetGroups: [{ TargetGroupArn: groups['one'], Weight: 1 }],
            TargetGroupStickinessConfig: { Enabled: false },
          },
        },
      ],
    });
    const described = await elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] }));
    expect(described.Listeners).toEqual([created]);
    const change = { ListenerArn, Port: 8080, DefaultActions: [toGroups(['one', 3], ['two', 1])] };
    const { Listeners } = await elb.send(new ModifyListenerCommand(change));
    expect(Listeners?.[0]).toMatchObject({ ListenerArn, Port: 8080, DefaultActions: change.DefaultActions });
    const { Attributes } = await elb.send(new DescribeListenerAttributesCommand({ ListenerArn }));
    expect(Attributes).toEqual([{ Key: 'routing.http.response.server.enabled', Value: 'true' }]);
    await elb.send(new DeleteListenerCommand({ ListenerArn }));
    expect(await refusalOf(elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] })))).toBe(
      'ListenerNotFoundException: One or more listeners not found',
    );
  });

  it('is the only one on its port: the same request returns the same listener, another is rejected', async () => {
    const [one, other] = await Promise.all([listen({ Port: 81 }), listen({ Port: 81 })]);
    expect(other).toEqual(one);
    const forward = { Type: 'forward', TargetGroupArn: groups['one'] } as const;
    expect(await refusalOf(listen({ Port: 81, DefaultActions: [forward] }))).toBe(
      `DuplicateListenerException: A listener already exists on this port for this load balancer '${application}'`,
    );
  });

  it('is listed page by page', async () => {
    for (const Port of [93, 91, 92]) await listen({ Port });
    const ports: (number | undefined)[] = [];
    const pages = paginateDescribeListeners({ client: elb, pageSize: 2 }, { LoadBalancerArn: application });
    for await (const { Listeners = [] } of pages) ports.push(...Listeners.map(({ Port }) => Port));
    expect(ports).toEqual([81, 91, 92, 93]);
  });

  it('has files as certificates, the default one and others', async () => {
    const Certificates = [{ CertificateArn: `${CERTIFICATE}site` }];
    const created = await listen({ Port: 443, Protocol: 'HTTPS', Certificates });
    const { ListenerArn } = created;
    expect(created).toMatchObject({
      Certificates,
      SslPolicy: 'ELBSecurityPolicy-2016-08',
      MutualAuthentication: { Mode: 'off' },
    });
    const other = [{ CertificateArn: `${CERTIFICATE}other` }];
    await elb.send(new AddListenerCertificatesCommand({ ListenerArn, Certificates: other }));
    const described = await elb.send(new DescribeListenerCertificatesCommand({ ListenerArn }));
    expect(described.Certificates).toEqual([
      { CertificateArn: `${CERTIFICATE}site`, IsDefault: true },
      { CertificateArn: `${CERTIFICATE}other`, IsDefault: false },
    ]);
    const remove = new RemoveListenerCertificatesCommand({ ListenerArn, Certificates });
    expect(await refusalOf(elb.send(remove))).toMatch(/^OperationNotPermittedException: Default certificate/);
    await elb.send(new RemoveListenerCertificatesCommand({ ListenerArn, Certificates: other }));
    const left = await elb.send(new DescribeListenerCertificatesCommand({ ListenerArn }));
    expect(left.Certificates).toHaveLength(1);
    const missing = listen({
      Port: 444,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: `${CERTIFICATE}missing` }],
    });
    expect(await refusalOf(missing)).toBe(
      `CertificateNotFoundException: Certificate '${CERTIFICATE}missing' not found`,
    );
  });

  it.each<[string, () => Partial<CreateListenerCommandInput>]>([
    [
      "UnsupportedProtocolException: Listener protocol 'UDP' is not supported. A network load balancer's listeners speak TCP or TLS",
      () => ({ LoadBalancerArn: network, Protocol: 'UDP' }),
    ],
    ["ValidationError: Listener protocol 'TCP' must be one of 'HTTP, HTTPS'", () => ({ Protocol: 'TCP' })],
    ["ValidationError: Listener protocol 'UDP' must be one of 'HTTP, HTTPS'", () => ({ Protocol: 'UDP' })],
    [
      "ValidationError: Listener protocol 'HTTP' must be one of 'TCP, TLS'",
      () => ({ LoadBalancerArn: network, Protocol: 'HTTP' }),
    ],
    [
      "IncompatibleProtocolsException: The listener protocol 'HTTP' is not compatible with the target group protocol 'TCP'",
      () => ({ DefaultActions: [{ Type: 'forward', TargetGroupArn: groups['tcp'] }] }),
    ],
    [
      "InvalidLoadBalancerActionException: Action type 'authenticate-oidc' is not supported",
      () => ({
        DefaultActions: [
          {
            Type: 'authenticate-oidc',
            AuthenticateOidcConfig: {
              Issuer: 'a',
              AuthorizationEndpoint: 'a',
              TokenEndpoint: 'a',
              UserInfoEndpoint: 'a',
              ClientId: 'a',
            },
          },
          NOT_FOUND,
        ],
      }),
    ],
    [
      'InvalidLoadBalancerActionException: The redirect configuration is not valid because it creates a loop',
      () => ({ DefaultActions: [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } }] }),
    ],
    ['ValidationError: A certificate must be specified for HTTPS listeners', () => ({ Protocol: 'HTTPS' })],
    [
      'TargetGroupNotFoundException: One or more target groups not found',
      () => ({ DefaultActions: [{ Type: 'forward', TargetGroupArn: `${groups['one'] ?? ''}0` }] }),
    ],
  ])('is rejected: %s', async (text, input) => {
    expect(await refusalOf(listen({ Port: 99, ...input() }))).toBe(text);
  });
});

describe('a service behind a listener', () => {
  it('shows the role that it was created with as an ARN', async () => {
    const { ecs } = gateway;
    await listen({ Port: 82, DefaultActions: [{ Type: 'forward', TargetGroupArn: groups['two'] }] });
    await ecs.send(new CreateClusterCommand({}));
    const web = { name: 'web', image: 'web', memory: 16, portMappings: [{ containerPort: 80 }] };
    await ecs.send(new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: [web] }));
    const roles = ['ecsServiceRole', '/teams/web', 'arn:aws:iam::123456789012:role/given'];
    for (const [at, role] of roles.entries()) {
      const create = new CreateServiceCommand({
        ...{ serviceName: `with-role-${String(at)}`, taskDefinition: 'web', desiredCount: 0, role },
        loadBalancers: [{ targetGroupArn: groups['two'], containerName: 'web', containerPort: 80 }],
      });
      await ecs.send(create);
    }
    const describe = new DescribeServicesCommand({ services: roles.map((_role, at) => `with-role-${String(at)}`) });
    const { services = [] } = await ecs.send(describe);
    expect(services.map(({ roleArn }) => roleArn)).toEqual([
      'arn:aws:iam::123456789012:role/ecsServiceRole',
      'arn:aws:iam::123456789012:role/teams/web',
      'arn:aws:iam::123456789012:role/given',
    ]);
  });
});

describe('a rule', () => {
  it('returns every condition and action as given', async () => {
    const { ListenerArn } = await listen({ Port: 1000 });
    const Conditions = [
      { Field: 'host-header', HostHeaderConfig: { Values: ['*.example.com'] } },
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Version', Values: ['2'] } },
      { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'debug', Value: 'on' }] } },
      { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } },
      { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } },
    ];
    const redirect: Action = {
      Type: 'redirect',
      RedirectConfig: { StatusCode: 'HTTP_302', Protocol: 'HTTPS', Port: '443' },
    };
    const { RuleArn = '' } = await createRule({ ListenerArn, Conditions, Actions: [redirect] });
    const { Rules = [] } = await elb.send(new DescribeRulesCommand({ RuleArns: [RuleArn] }));
    expect(Rules).toMatchObject([
      {
        RuleArn,
        Priority: '1',
        IsDefault: false,
        Conditions,
        Actions: [
          {
            Type: 'redirect',
            RedirectConfig: { ...redirect.RedirectConfig, Host: '#{host}', Path: '/#{path}', Query: '#{query}' },
          },
        ],
      },
    ]);
    const changed = await elb.send(new ModifyRuleCommand({ RuleArn, Actions: [toGroups(['one', 1], ['two', 0])] }));
    expect(changed.Rules?.[0]).toMatchObject({ Conditions, Actions: [toGroups(['one', 1], ['two', 0])] });
    await elb.send(new DeleteRuleCommand({ RuleArn }));
    expect(await refusalOf(elb.send(new DescribeRulesCommand({ RuleArns: [RuleArn] })))).toBe(
      'RuleNotFoundException: One or more rules not found',
    );
  });

  it('has its own priority, and swaps priorities with another rule in one request', async () => {
    const { ListenerArn } = await listen({ Port: 1001 });
    const rules = [await createRule({ ListenerArn, Priority: 1 }), await createRule({ ListenerArn, Priority: 2 })];
    const [one, two] = rules.map(({ RuleArn }) => RuleArn ?? '');
    expect(await refusalOf(createRule({ ListenerArn, Priority: 2 }))).toBe(
      'PriorityInUseException: The specified priority is in use.',
    );
    const swapped = await elb.send(
      new SetRulePrioritiesCommand({
        RulePriorities: [
          { RuleArn: one, Priority: 2 },
          { RuleArn: two, Priority: 1 },
        ],
      }),
    );
    expect(swapped.Rules?.map(({ Priority }) => Priority)).toEqual(['2', '1']);
    const priorities: (string | undefined)[] = [];
    const arns: (string | undefined)[] = [];
    for await (const { Rules = [] } of paginateDescribeRules({ client: elb, pageSize: 1 }, { ListenerArn })) {
      priorities.push(...Rules.map(({ Priority }) => Priority));
      arns.push(...Rules.map(({ RuleArn }) => RuleArn));
    }
    expect(priorities).toEqual(['1', '2', 'default']);
    expect(arns.slice(0, 2)).toEqual([two, one]);
    expect(await refusalOf(elb.send(new DeleteRuleCommand({ RuleArn: arns[2] })))).toMatch(
      /^OperationNotPermittedException: Default rules/,
    );
  });

  it.each<[string, Partial<CreateRuleCommandInput>]>([
    [
      "ValidationError: A rule can only have '5' condition values",
      {
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/a', '/b', '/c', '/d', '/e', '/f'] } }],
      },
    ],
    [
      "ValidationError: You can specify only one value in Values for a condition of type 'path-pattern': use 'PathPatternConfig' for several",
      { Conditions: [{ Field: 'path-pattern', Values: ['/a', '/b'] }] },
    ],
    [
      "ValidationError: You can specify only one value in Values for a condition of type 'host-header': use 'HostHeaderConfig' for several",
      { Conditions: [{ Field: 'host-header', Values: ['a.com', 'b.com'] }] },
    ],
    [
      "ValidationError: You cannot provide both Values and 'HostHeaderConfig' for a condition of type 'host-header'",
      { Conditions: [{ Field: 'host-header', Values: ['a.com'], HostHeaderConfig: { Values: ['b.com'] } }] },
    ],
    [
      "ValidationError: Condition value '10.0.0.1' is not a valid CIDR block",
      { Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.1'] } }] },
    ],
    [
      'InvalidConfigurationRequestException: RegexValues is not supported: use Values',
      { Conditions: [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/a'] } }] },
    ],
    [
      "InvalidConfigurationRequestException: A value 'url-rewrite' in Transforms is not supported",
      { Transforms: [{ Type: 'url-rewrite' }] },
    ],
  ])('is rejected: %s', async (text, input) => {
    const { ListenerArn } = await listen({ Port: 1002 });
    expect(await refusalOf(createRule({ ListenerArn, ...input }))).toBe(text);
  });

  it('is not available for network load balancers', async () => {
    const { ListenerArn } = await listen({
      LoadBalancerArn: network,
      Protocol: 'TCP',
      Port: 1003,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: groups['tcp'] }],
    });
    expect(await refusalOf(createRule({ ListenerArn }))).toBe(
      "UnsupportedProtocolException: A network load balancer's listeners have no rules",
    );
  });
});

it('a target group belongs to one load balancer', async () => {
  const LoadBalancerArn = await loadBalancer('application', 'second');
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: 'owned', Protocol: 'HTTP', Port: 80, VpcId: 'v' }),
  );
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn }];
  await listen({ Port: 1100, DefaultActions });
  expect(await refusalOf(listen({ LoadBalancerArn, Port: 80, DefaultActions }))).toMatch(
    /^TargetGroupAssociationLimitException: The following target groups cannot be associated with more than one/,
  );
});
