import { describe, expect, it } from 'vitest';
import { given, T0 } from '../testing/given';
import { clusterCreated, instanceRegistered } from '../testing/events';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../testing/load-balancing-events';
import {
  decideDeleteTargetGroup,
  decideModifyTargetGroup,
  decideModifyTargetGroupAttributes,
} from './change-target-group';
import { type CreateTargetGroup, decideCreateTargetGroup } from './create-target-group';
import { decideDeregisterTargets, decideRegisterTargets } from './targets';
import { type Overrides, withOverrides } from '../testing/overrides';

type State = Parameters<typeof decideCreateTargetGroup>[0];
type Input = CreateTargetGroup['input'];

const scope = { region: 'us-east-1', account: '123456789012' };
const ref = { name: 'web', id: 'web-id' };
const created = targetGroupCreated('web');
const listener = listenerCreated('front', 'l1', 80);
const used = [
  created,
  loadBalancerCreated('front'),
  { ...listener, settings: { ...listener.settings, defaultAction: forwardTo('web') } },
];

const create =
  (input: Overrides<Input> = {}) =>
  (state: State): ReturnType<typeof decideCreateTargetGroup> =>
    decideCreateTargetGroup(state, {
      input: withOverrides({ Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1' }, input),
      id: 'web-id',
    });

describe('CreateTargetGroup', () => {
  it('creates a group with the defaults of its kind', () => {
    given().when(create()).then(created);
    const [tcp] = given().when(create({ Protocol: 'TCP' })).events;
    expect(tcp).toMatchObject({ healthCheck: { protocol: 'TCP', timeoutSeconds: 10 } });
    const [grpc] = given().when(create({ ProtocolVersion: 'GRPC' })).events;
    expect(grpc).toMatchObject({ healthCheck: { path: '/AWS.ALB/healthcheck', matcher: { grpcCode: '12' } } });
  });

  it.each<[number, Partial<Input>]>([
    [4, { HealthCheckIntervalSeconds: 5 }],
    [4, { HealthCheckIntervalSeconds: 5, ProtocolVersion: 'GRPC' }],
    [5, { HealthCheckIntervalSeconds: 6, Protocol: 'HTTPS' }],
    [5, { HealthCheckIntervalSeconds: 5, Protocol: 'TCP' }],
    [5, { HealthCheckIntervalSeconds: 5, Protocol: 'TLS', HealthCheckProtocol: 'HTTP' }],
    [10, { HealthCheckIntervalSeconds: 10, Protocol: 'TCP', HealthCheckTimeoutSeconds: 10 }],
    [10, { HealthCheckIntervalSeconds: 10, Protocol: 'TLS', HealthCheckTimeoutSeconds: 10 }],
  ])('has a timeout of %i seconds with %j', (timeoutSeconds, input) => {
    const [group] = given().when(create(input)).events;
    expect(group).toMatchObject({ healthCheck: { timeoutSeconds } });
  });

  it('is idempotent with the same settings regardless of tags, and rejected with other settings', () => {
    given(created)
      .when(create({ Tags: [{ Key: 'a', Value: 'b' }] }))
      .then();
    given(created)
      .when(create({ HealthCheckPath: '/other' }))
      .thenRefused('DuplicateTargetGroupNameException');
  });

  it.each<[string, Overrides<Input>]>([
    ['A protocol must be specified', { Protocol: undefined }],
    ['A port must be specified', { Port: undefined }],
    ["The target group name 'a_b' can only contain", { Name: 'a_b' }],
    ["Health check path 'x' must begin with a '/'", { HealthCheckPath: 'x' }],
    ["Health check port '70000' must be", { HealthCheckPort: '70000' }],
    ["Health check protocol 'TCP' is not supported", { HealthCheckProtocol: 'TCP' }],
    ['Health check matcher HTTP code', { Matcher: { HttpCode: '300-200' } }],
    ['Health check matcher HTTP code', { Matcher: { HttpCode: '200;204' } }],
    [
      "The matcher of a target group of protocol version 'GRPC'",
      { ProtocolVersion: 'GRPC', Matcher: { HttpCode: '200' } },
    ],
    [
      "Health check timeout '10' must be smaller than the interval '10'",
      { HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 10 },
    ],
    [
      "Health check timeout '11' must be smaller than or equal to the interval '10'",
      { Protocol: 'TCP', HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 11 },
    ],
    ['Health check path and matcher are not supported', { Protocol: 'TCP', HealthCheckPath: '/' }],
    ['Health check enabled must be true', { HealthCheckEnabled: false }],
  ])('is rejected: %s', (text, input) => {
    expect(() => given().when(create(input)).events).toThrow(text);
  });
});

describe('ModifyTargetGroup and its attributes', () => {
  it('change the given members, and emit no event when nothing changes', () => {
    given(created)
      .when((state) => decideModifyTargetGroup(state, ref, { HealthCheckIntervalSeconds: 10 }))
      .then({
        type: 'TargetGroupUpdated',
        version: 1,
        targetGroup: 'web',
        healthCheck: { ...created.healthCheck, intervalSeconds: 10 },
      });
    given(created)
      .when((state) => decideModifyTargetGroup(state, ref, { HealthCheckIntervalSeconds: 30 }))
      .then();
  });

  it('shorten a default timeout to a new interval, and keep a timeout that a client chose', () => {
    const tcp = given().when(create({ Protocol: 'TCP' })).events;
    const [shortened] = given(...tcp).when((state) =>
      decideModifyTargetGroup(state, ref, { HealthCheckIntervalSeconds: 5 }),
    ).events;
    expect(shortened).toMatchObject({ healthCheck: { intervalSeconds: 5, timeoutSeconds: 5 } });
    const chosen = given().when(create({ Protocol: 'TCP', HealthCheckTimeoutSeconds: 8 })).events;
    given(...chosen)
      .when((state) => decideModifyTargetGroup(state, ref, { HealthCheckIntervalSeconds: 5 }))
      .thenRefused(
        'InvalidParameterException',
        "Health check timeout '8' must be smaller than or equal to the interval '5'",
      );
  });

  it.each<[string, Input['Protocol'], string, 'true' | 'false']>([
    ['You cannot enable stickiness on target groups with the TLS protocol', 'TLS', 'source_ip', 'true'],
    ['You cannot enable stickiness on target groups with the TLS protocol', 'TLS', 'lb_cookie', 'true'],
    [
      "Stickiness type 'lb_cookie' is not supported for target groups with the TLS protocol",
      'TLS',
      'lb_cookie',
      'false',
    ],
    [
      "Stickiness type 'app_cookie' is not supported for target groups with the TCP protocol",
      'TCP',
      'app_cookie',
      'true',
    ],
    [
      "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol",
      'HTTP',
      'source_ip',
      'false',
    ],
  ])('reject stickiness that the protocol does not support: %s', (text, Protocol, type, enabled) => {
    given(...given().when(create({ Protocol })).events)
      .when((state) =>
        decideModifyTargetGroupAttributes(state, ref, [
          { Key: 'stickiness.enabled', Value: enabled },
          { Key: 'stickiness.type', Value: type },
        ]),
      )
      .thenRefused('InvalidConfigurationRequestException', text);
  });

  it('accept disabled stickiness for a TLS group', () => {
    given(...given().when(create({ Protocol: 'TLS' })).events)
      .when((state) =>
        decideModifyTargetGroupAttributes(state, ref, [
          { Key: 'stickiness.enabled', Value: 'false' },
          { Key: 'stickiness.type', Value: 'source_ip' },
        ]),
      )
      .then();
  });

  it('keep an attribute only while it differs from its default', () => {
    const set =
      (value: string) =>
      (state: State): ReturnType<typeof decideModifyTargetGroupAttributes> =>
        decideModifyTargetGroupAttributes(state, ref, [{ Key: 'deregistration_delay.timeout_seconds', Value: value }]);
    const about = { type: 'TargetGroupUpdated', version: 1, targetGroup: 'web' } as const;
    const changed = { ...about, attributes: { 'deregistration_delay.timeout_seconds': '5' } };
    given(created).when(set('5')).then(changed);
    given(created, changed)
      .when(set('300'))
      .then({ ...about, attributes: {} });
  });

  it.each([
    ["Attribute 'nonsense' is not recognized", 'nonsense', '1'],
    ["'3601' is not a valid value", 'deregistration_delay.timeout_seconds', '3601'],
    ["only its default value 'off'", 'load_balancing.algorithm.anomaly_mitigation', 'on'],
    ["Attribute 'proxy_protocol_v2.enabled' is not recognized", 'proxy_protocol_v2.enabled', 'true'],
  ])('are rejected: %s', (text, Key, Value) => {
    const outcome = given(created).when((state) => decideModifyTargetGroupAttributes(state, ref, [{ Key, Value }]));
    expect(() => outcome.events).toThrow(text);
  });

  it('require the name of the cookie for application cookies', () => {
    const Attributes = [
      { Key: 'stickiness.enabled', Value: 'true' },
      { Key: 'stickiness.type', Value: 'app_cookie' },
    ];
    given(created)
      .when((state) => decideModifyTargetGroupAttributes(state, ref, Attributes))
      .thenRefused('InvalidConfigurationRequestException');
  });
});

describe('DeleteTargetGroup', () => {
  const remove = (state: State): ReturnType<typeof decideDeleteTargetGroup> =>
    decideDeleteTargetGroup(state, ref, scope);

  it('deletes an unused group, and emits no event if there is none', () => {
    given(created).when(remove).then({ type: 'TargetGroupDeleted', version: 1, targetGroup: 'web' });
    given().when(remove).then();
    given({ ...created, id: 'a later one' })
      .when(remove)
      .then();
  });

  it('is rejected while a listener uses the group', () => {
    given(...used)
      .when(remove)
      .thenRefused(
        'ResourceInUseException',
        "Target group 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/web-id' is currently in use by a listener or a rule",
      );
  });
});

describe('RegisterTargets and DeregisterTargets', () => {
  const instance = instanceRegistered('shop', 'i1');
  const shop = [clusterCreated('shop'), instance];
  const key = { id: 'i-i1', port: 80 };
  const about = { version: 1, targetGroup: 'web', targets: [key] } as const;
  const register = (state: State): ReturnType<typeof decideRegisterTargets> =>
    decideRegisterTargets(state, ref, [{ Id: 'i-i1' }]);
  const deregister = (state: State): ReturnType<typeof decideDeregisterTargets> =>
    decideDeregisterTargets(state, ref, { targets: [{ Id: 'i-i1' }], at: T0 });

  it("register an instance once, on the group's port and the instance's address", () => {
    given(...shop, created)
      .when(register)
      .then(targetsRegistered('web', [key]));
    const attributes = [{ name: 'stowage.address', value: '127.0.1.7' }];
    const [event] = given(clusterCreated('shop'), { ...instance, attributes }, created).when(register).events;
    expect(event).toMatchObject({ targets: [{ ...key, address: '127.0.1.7' }] });
    given(...shop, created, targetsRegistered('web', [key]))
      .when(register)
      .then();
  });

  it('activate a draining target again', () => {
    given(...shop, created, targetsRegistered('web', [key]), {
      type: 'TargetsDeregistered',
      ...about,
      drainUntil: T0 + 1,
    })
      .when(register)
      .then(targetsRegistered('web', [key]));
  });

  it('drain a target once, for the delay of the group', () => {
    const drain = { type: 'TargetsDeregistered', ...about, drainUntil: T0 + 300_000 } as const;
    given(...used, targetsRegistered('web', [key]))
      .when(deregister)
      .then(drain);
    given(...used, targetsRegistered('web', [key]), drain)
      .when(deregister)
      .then();
  });

  it('remove a target immediately if the delay is zero or no listener uses the group', () => {
    const drained = { type: 'TargetsDrained', ...about } as const;
    given(created, targetsRegistered('web', [key]))
      .when(deregister)
      .then({ type: 'TargetsDeregistered', ...about, drainUntil: T0 + 300_000 }, drained);
    const attributes = { 'deregistration_delay.timeout_seconds': '0' };
    given(
      ...used,
      { type: 'TargetGroupUpdated', version: 1, targetGroup: 'web', attributes },
      targetsRegistered('web', [key]),
    )
      .when(deregister)
      .then({ type: 'TargetsDeregistered', ...about, drainUntil: T0 }, drained);
  });

  it('emit no event if there is no such target', () => {
    given(created).when(deregister).then();
  });

  it('are rejected for an id that is not a valid target', () => {
    given(created).when(register).thenRefused('InvalidTargetException');
    given({ ...created, targetType: 'ip' })
      .when((state) => decideRegisterTargets(state, ref, [{ Id: '10.0.0.300' }]))
      .thenRefused('InvalidParameterException', "The IP address '10.0.0.300' is not a valid IPv4 address");
  });
});
