import { describe, expect, it } from 'vitest';
import { given } from '../testing/given';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
  ruleCreated,
  targetGroupCreated,
} from '../testing/load-balancing-events';
import { decideModifyListener } from './change-listener';
import { decideDeleteLoadBalancer, decideModifyLoadBalancerAttributes } from './change-load-balancer';
import { type CreateListener, decideCreateListener } from './create-listener';
import { decideCreateLoadBalancer } from './create-load-balancer';
import { decideCreateRule, decideDeleteRule, decideModifyRule, decideSetRulePriorities } from './rules';
import { decideAddTags, decideRemoveTags } from './tag-elb-resources';

type State = Parameters<typeof decideCreateLoadBalancer>[0];

const scope = { region: 'us-east-1', account: '123456789012' };
const front = { type: 'application', name: 'front', id: 'front-id' } as const;
const created = loadBalancerCreated('front');
const web = targetGroupCreated('web');
const webArn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/web-id';
const notFound = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } } as const;
const addresses = ['127.64.0.1', '127.64.0.2'];

describe('CreateLoadBalancer', () => {
  const create =
    (name: string, id = `${name}-id`) =>
    (state: State): ReturnType<typeof decideCreateLoadBalancer> =>
      decideCreateLoadBalancer(state, { input: { Name: name }, id, addresses });

  it('gives each load balancer its own address while addresses are free, and then shares them', () => {
    given().when(create('front')).then(created);
    const second = { ...loadBalancerCreated('second'), address: '127.64.0.2' };
    given(created).when(create('second')).then(second);
    given(created, second).when(create('third')).then(loadBalancerCreated('third'));
  });

  it('is idempotent, and distinguishes a later load balancer of the same name from an earlier one', () => {
    given(created).when(create('front', 'other')).then();
    given(created, { type: 'LoadBalancerDeleted', version: 1, loadBalancer: 'front' })
      .when(create('front', 'other'))
      .then({ ...created, id: 'other' });
    given({ ...created, id: 'other' })
      .when((state) => decideModifyLoadBalancerAttributes(state, front, []))
      .thenRefused('LoadBalancerNotFoundException');
  });
});

describe('DeleteLoadBalancer', () => {
  const remove = (state: State): ReturnType<typeof decideDeleteLoadBalancer> =>
    decideDeleteLoadBalancer(state, front, scope);

  it('deletes the load balancer unless it is protected, and emits no event if there is none', () => {
    given(created).when(remove).then({ type: 'LoadBalancerDeleted', version: 1, loadBalancer: 'front' });
    given().when(remove).then();
    const protect = given(created).when((state) =>
      decideModifyLoadBalancerAttributes(state, front, [{ Key: 'deletion_protection.enabled', Value: 'true' }]),
    ).events;
    given(created, ...protect)
      .when(remove)
      .thenRefused('OperationNotPermittedException');
  });
});

const certificates = { scope, ids: new Set(['site']) };
const site = [{ CertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/site' }];

describe('CreateListener and ModifyListener', () => {
  const create =
    (input: Partial<CreateListener['input']>, loadBalancer: CreateListener['loadBalancer'] = front) =>
    (state: State): ReturnType<typeof decideCreateListener> =>
      decideCreateListener(state, {
        loadBalancer,
        input: { LoadBalancerArn: '', Protocol: 'HTTP', Port: 80, DefaultActions: [notFound], ...input },
        listener: 'l1',
        defaultRule: 'l1-default',
        certificates,
      });

  it('create and change a listener', () => {
    given(created)
      .when(create({}))
      .then(listenerCreated('front', 'l1', 80));
  });

  it('forward to target groups with a compatible protocol', () => {
    const DefaultActions = [{ Type: 'forward', TargetGroupArn: webArn } as const];
    const [event] = given(created, web).when(create({ DefaultActions })).events;
    expect(event).toMatchObject({ settings: { defaultAction: forwardTo('web') } });
    given(created, { ...web, protocol: 'TCP' })
      .when(create({ DefaultActions }))
      .thenRefused('IncompatibleProtocolsException');
  });

  it('are rejected on a port that another load balancer uses on the same address', () => {
    const second = { type: 'application', name: 'second', id: 'second-id' } as const;
    const history = [created, loadBalancerCreated('second'), listenerCreated('front', 'l1', 80)];
    given(...history)
      .when(create({}, second))
      .thenRefused(
        'InvalidConfigurationRequestException',
        "Port 80 of the address 127.64.0.1 is used by the load balancer 'front', which shares it",
      );
    expect(given(...history).when(create({ Port: 81 }, second)).events).toHaveLength(1);
  });

  it('require a certificate for TLS, and keep additional certificates when the default one changes', () => {
    const [https] = given(created).when(create({ Protocol: 'HTTPS', Certificates: site })).events;
    expect(https).toMatchObject({ settings: { sslPolicy: 'ELBSecurityPolicy-2016-08' } });
    given(created)
      .when(create({ Protocol: 'HTTPS' }))
      .thenRefused('InvalidParameterException', 'A certificate must be specified for HTTPS listeners');
    given(created)
      .when(create({ Certificates: site }))
      .thenRefused('InvalidParameterException');
    given(created)
      .when(create({ Protocol: 'HTTPS', Certificates: site, SslPolicy: 'none' }))
      .thenRefused('SSLPolicyNotFoundException');
    const listener = listenerCreated('front', 'l1', 443);
    const settings = { ...listener.settings, protocol: 'HTTPS' as const, certificates: ['old', 'for another name'] };
    const [changed] = given(created, { ...listener, settings }).when((state) =>
      decideModifyListener(
        state,
        { loadBalancer: front, listener: 'l1' },
        {
          input: { ListenerArn: '', Certificates: site },
          certificates,
        },
      ),
    ).events;
    expect(changed).toMatchObject({
      settings: { certificates: [site[0]?.CertificateArn, 'for another name'] },
    });
  });

  it('spread over several groups only if the listener handles requests', () => {
    const TargetGroups = ['web', 'api'].map((name) => ({ TargetGroupArn: webArn.replaceAll('web', name) }));
    const DefaultActions = [{ Type: 'forward', ForwardConfig: { TargetGroups } } as const];
    const groups = ['web', 'api'].map((name) => ({ ...targetGroupCreated(name), protocol: 'TCP' as const }));
    given({ ...created, loadBalancerType: 'network' }, ...groups)
      .when(create({ Protocol: 'TCP', DefaultActions }, { ...front, type: 'network' }))
      .thenRefused('InvalidLoadBalancerActionException');
  });
});

describe('rules', () => {
  const listener = { loadBalancer: front, listener: 'l1' };
  const history = [created, listenerCreated('front', 'l1', 80)];
  const input = {
    ListenerArn: '',
    Priority: 10,
    Conditions: [{ Field: 'path-pattern', Values: ['/r1'] }],
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200' } } as const],
  };
  const one = ruleCreated('front', 'l1', 'r1', 10);
  const two = ruleCreated('front', 'l1', 'r2', 20);

  it('are created with a priority that is free', () => {
    const create = (state: State): ReturnType<typeof decideCreateRule> =>
      decideCreateRule(state, { listener, input, rule: 'r1', scope });
    given(...history)
      .when(create)
      .then(one);
    given(...history, { ...two, rule: { ...two.rule, priority: 10 } })
      .when(create)
      .thenRefused('PriorityInUseException', 'The specified priority is in use.');
  });

  it('can swap priorities, but not take the priority of a rule that stays', () => {
    const set =
      (...given_: readonly (readonly [string, number])[]) =>
      (state: State): ReturnType<typeof decideSetRulePriorities> =>
        decideSetRulePriorities(
          state,
          given_.map(([rule, priority]) => ({ ref: { ...listener, rule }, priority })),
        );
    given(...history, one, two)
      .when(set(['r1', 20], ['r2', 10]))
      .then({
        type: 'RulePrioritiesSet',
        version: 1,
        loadBalancer: 'front',
        listener: 'l1',
        priorities: [
          { rule: 'r1', priority: 20 },
          { rule: 'r2', priority: 10 },
        ],
      });
    given(...history, one, two)
      .when(set(['r1', 20]))
      .thenRefused('PriorityInUseException');
    given(...history)
      .when(set(['l1-default', 1]))
      .thenRefused('OperationNotPermittedException');
  });

  it('are modified by the given members and deleted, except for the default rule', () => {
    const ref = { ...listener, rule: 'r1' };
    const about = { version: 1, loadBalancer: 'front', listener: 'l1', rule: 'r1' } as const;
    const { conditions } = one.rule;
    given(...history, one)
      .when((state) => decideModifyRule(state, ref, { input: { RuleArn: '', Actions: [notFound] }, scope }))
      .then({ type: 'RuleUpdated', ...about, conditions, action: { type: 'fixed-response', statusCode: '404' } });
    given(...history, one)
      .when((state) => decideDeleteRule(state, ref))
      .then({ type: 'RuleDeleted', ...about });
    given(...history)
      .when((state) => decideDeleteRule(state, { ...listener, rule: 'l1-default' }))
      .thenRefused('OperationNotPermittedException');
  });

  it('and listeners have tags, but the default rule has none', () => {
    const tags = [{ Key: 'team', Value: 'web' }];
    const rule = { kind: 'rule', ref: { ...listener, rule: 'r1' } } as const;
    const added = given(...history, one).when((state) =>
      decideAddTags(state, [{ kind: 'listener', ref: listener }, rule], tags),
    ).events;
    expect(added).toHaveLength(2);
    given(...history, one, ...added)
      .when((state) => decideAddTags(state, [rule], tags))
      .then();
    given(...history, one, ...added)
      .when((state) => decideRemoveTags(state, [rule], ['team', 'none']))
      .then({ type: 'LoadBalancerTagsSet', version: 1, loadBalancer: 'front', listener: 'l1', rule: 'r1', tags: [] });
    given(...history)
      .when((state) => decideAddTags(state, [{ kind: 'rule', ref: { ...listener, rule: 'l1-default' } }], tags))
      .thenRefused('OperationNotPermittedException');
  });
});
