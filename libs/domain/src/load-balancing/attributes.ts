import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import type { Listener } from './records/listener';
import type { LoadBalancer } from './records/load-balancer';
import type { TargetGroup } from './records/target-group';

/**
 * Default value of an attribute and its allowed values. `fixed`: only the default, because Stowage does not implement
 * other values.
 */
interface Attribute {
  readonly default: string;
  readonly values: 'fixed' | readonly string[] | { readonly from: number; readonly to: number } | RegExp;
}

type Attributes = Readonly<Record<string, Attribute>>;

const fixed = (value: string): Attribute => ({ default: value, values: 'fixed' });
const flag = (value: 'true' | 'false'): Attribute => ({ default: value, values: ['true', 'false'] });
const number = (value: number, from: number, to: number): Attribute => ({
  default: String(value),
  values: { from, to },
});

const OF_ALL_LOAD_BALANCERS: Attributes = {
  'deletion_protection.enabled': flag('false'),
  'access_logs.s3.enabled': fixed('false'),
  'access_logs.s3.bucket': fixed(''),
  'access_logs.s3.prefix': fixed(''),
  'ipv6.deny_all_igw_traffic': fixed('false'),
  'zonal_shift.config.enabled': fixed('false'),
};

const OF_LOAD_BALANCERS: Readonly<Record<LoadBalancer['type'], Attributes>> = {
  application: {
    ...OF_ALL_LOAD_BALANCERS,
    'load_balancing.cross_zone.enabled': fixed('true'),
    'connection_logs.s3.enabled': fixed('false'),
    'connection_logs.s3.bucket': fixed(''),
    'connection_logs.s3.prefix': fixed(''),
    'health_check_logs.s3.enabled': fixed('false'),
    'health_check_logs.s3.bucket': fixed(''),
    'health_check_logs.s3.prefix': fixed(''),
    'idle_timeout.timeout_seconds': number(60, 1, 4_000),
    'client_keep_alive.seconds': fixed('3600'),
    'routing.http.desync_mitigation_mode': fixed('defensive'),
    'routing.http.drop_invalid_header_fields.enabled': fixed('false'),
    'routing.http.preserve_host_header.enabled': flag('false'),
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': fixed('false'),
    'routing.http.xff_client_port.enabled': flag('false'),
    'routing.http.xff_header_processing.mode': { default: 'append', values: ['append', 'preserve', 'remove'] },
    'routing.http2.enabled': flag('true'),
    'waf.fail_open.enabled': fixed('false'),
  },
  network: {
    ...OF_ALL_LOAD_BALANCERS,
    // There is one node, so both values have the same effect.
    'load_balancing.cross_zone.enabled': flag('false'),
    'dns_record.client_routing_policy': fixed('any_availability_zone'),
    'secondary_ips.auto_assigned.per_subnet': fixed('0'),
  },
};

const OF_ALL_TARGET_GROUPS: Attributes = {
  'deregistration_delay.timeout_seconds': number(300, 0, 3_600),
  'stickiness.enabled': flag('false'),
  'load_balancing.cross_zone.enabled': fixed('use_load_balancer_configuration'),
  'target_group_health.dns_failover.minimum_healthy_targets.count': fixed('1'),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': fixed('off'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': fixed('1'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': fixed('off'),
};

const STICKY_SECONDS = number(86_400, 1, 604_800);

const OF_HTTP_TARGET_GROUPS: Attributes = {
  ...OF_ALL_TARGET_GROUPS,
  'stickiness.type': { default: 'lb_cookie', values: ['lb_cookie', 'app_cookie'] },
  'stickiness.lb_cookie.duration_seconds': STICKY_SECONDS,
  'stickiness.app_cookie.cookie_name': { default: '', values: /^[!#$%&'*+.^_`|~0-9A-Za-z-]{0,256}$/ },
  'stickiness.app_cookie.duration_seconds': STICKY_SECONDS,
  'load_balancing.algorithm.type': {
    default: 'round_robin',
    values: ['round_robin', 'least_outstanding_requests', 'weighted_random'],
  },
  'load_balancing.algorithm.anomaly_mitigation': fixed('off'),
  'slow_start.duration_seconds': number(0, 30, 900),
};

const OF_TCP_TARGET_GROUPS: Attributes = {
  ...OF_ALL_TARGET_GROUPS,
  'stickiness.type': { default: 'source_ip', values: ['source_ip'] },
  'deregistration_delay.connection_termination.enabled': fixed('false'),
  // Targets see the address of HAProxy.
  'preserve_client_ip.enabled': fixed('false'),
  'proxy_protocol_v2.enabled': flag('false'),
  'target_health_state.unhealthy.connection_termination.enabled': fixed('true'),
  'target_health_state.unhealthy.draining_interval_seconds': fixed('0'),
};

const OF_HTTP_LISTENERS: Attributes = { 'routing.http.response.server.enabled': fixed('true') };
const OF_TCP_LISTENERS: Attributes = { 'tcp.idle_timeout.seconds': number(350, 60, 6_000) };

const isHttp = (protocol: string): boolean => protocol === 'HTTP' || protocol === 'HTTPS';
const ofTargetGroup = (protocol: string): Attributes =>
  isHttp(protocol) ? OF_HTTP_TARGET_GROUPS : OF_TCP_TARGET_GROUPS;
const ofListener = (protocol: string): Attributes => (isHttp(protocol) ? OF_HTTP_LISTENERS : OF_TCP_LISTENERS);

type Values = Readonly<Record<string, string>>;

/** Returns all attributes of a load balancer with their values. */
export const loadBalancerAttributes = ({ type, attributes }: Pick<LoadBalancer, 'type' | 'attributes'>): Values =>
  withDefaults(OF_LOAD_BALANCERS[type], attributes);

/** Returns all attributes of a target group with their values. */
export const targetGroupAttributes = ({ protocol, attributes }: Pick<TargetGroup, 'protocol' | 'attributes'>): Values =>
  withDefaults(ofTargetGroup(protocol), attributes);

/** Returns all attributes of a listener with their values. */
export const listenerAttributes = ({ protocol, attributes }: Pick<Listener, 'protocol' | 'attributes'>): Values =>
  withDefaults(ofListener(protocol), attributes);

function withDefaults(known: Attributes, set: Values): Values {
  const defaults = Object.entries(known).map(([key, attribute]) => [key, attribute.default] as const);
  return { ...Object.fromEntries(defaults), ...set };
}

type Given = readonly Elbv2.LoadBalancerAttribute[];

/**
 * Returns the attributes that differ from their defaults after applying `given`. @throws Refusal if a name or a value
 * is not valid.
 */
export const changedLoadBalancerAttributes = (of: Pick<LoadBalancer, 'type' | 'attributes'>, given: Given): Values =>
  changed(OF_LOAD_BALANCERS[of.type], of.attributes, given);

export function changedTargetGroupAttributes(of: Pick<TargetGroup, 'protocol' | 'attributes'>, given: Given): Values {
  checkStickinessType(of.protocol, given);
  const attributes = changed(ofTargetGroup(of.protocol), of.attributes, given);
  const values = targetGroupAttributes({ ...of, attributes });
  if (values['stickiness.enabled'] === 'true' && of.protocol === 'TLS') throw stickyTls();
  const isNameless = values['stickiness.app_cookie.cookie_name'] === '';
  if (values['stickiness.enabled'] === 'true' && values['stickiness.type'] === 'app_cookie' && isNameless) {
    throw new Refusal(
      'InvalidConfigurationRequestException',
      "You must specify 'stickiness.app_cookie.cookie_name' when you enable application cookie stickiness",
    );
  }
  return attributes;
}

/** @throws Refusal if the stickiness type belongs to target groups of other protocols. */
function checkStickinessType(protocol: string, given: Given): void {
  const valueOf = (key: string): string | undefined => given.find(({ Key }) => Key === key)?.Value;
  const type = valueOf('stickiness.type');
  const ofOthers = isHttp(protocol) ? ['source_ip'] : ['lb_cookie', 'app_cookie'];
  if (type === undefined || !ofOthers.includes(type)) return;
  if (protocol === 'TLS' && valueOf('stickiness.enabled') === 'true') throw stickyTls();
  throw new Refusal(
    'InvalidConfigurationRequestException',
    `Stickiness type '${type}' is not supported for target groups with the ${protocol} protocol`,
  );
}

const stickyTls = (): Refusal =>
  new Refusal(
    'InvalidConfigurationRequestException',
    'You cannot enable stickiness on target groups with the TLS protocol',
  );

export const changedListenerAttributes = (of: Pick<Listener, 'protocol' | 'attributes'>, given: Given): Values =>
  changed(ofListener(of.protocol), of.attributes, given);

function changed(known: Attributes, current: Values, given: Given): Values {
  const values = new Map(Object.entries(current));
  const seen = new Set<string>();
  for (const { Key: key = '', Value: value = '' } of given) {
    const attribute = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!attribute) throw invalidParameter(`Attribute '${key}' is not recognized for this type of resource`);
    if (seen.has(key)) throw invalidParameter(`Attribute '${key}' is specified more than once`);
    seen.add(key);
    checkValue(key, value, attribute);
    if (value === attribute.default) values.delete(key);
    else values.set(key, value);
  }
  return Object.fromEntries(values);
}

function checkValue(key: string, value: string, { default: byDefault, values }: Attribute): void {
  if (value === byDefault) return;
  if (values === 'fixed') {
    throw new Refusal(
      'InvalidConfigurationRequestException',
      `Attribute '${key}' is not supported: only its default value '${byDefault}' is accepted`,
    );
  }
  if (!isOneOf(value, values)) throw invalidParameter(`'${value}' is not a valid value of attribute '${key}'`);
}

function isOneOf(value: string, values: Exclude<Attribute['values'], 'fixed'>): boolean {
  if (values instanceof RegExp) return values.test(value);
  if ('from' in values) return /^\d{1,9}$/.test(value) && Number(value) >= values.from && Number(value) <= values.to;
  return values.includes(value);
}
