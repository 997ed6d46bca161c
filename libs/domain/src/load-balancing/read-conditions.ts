import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter } from '../refusal';
import { ELB_LIMITS } from './limits';
import type { Condition } from './records/listener';
import { notSupported } from './refused';

/** Constraints on the values of a field. `*` and `?` are wildcards in most fields. */
interface Values {
  readonly lengthMax: number;
  readonly pattern: RegExp;
}

const PATH: Values = { lengthMax: 128, pattern: /^[A-Za-z0-9_.$/~"'@:+&*?=%!,;()[\]-]+$/ };
const HOST: Values = { lengthMax: 128, pattern: /^[A-Za-z0-9.*?-]+$/ };
const HEADER: Values = { lengthMax: 128, pattern: /^[\x20-\x7e]+$/ };
const QUERY: Values = { lengthMax: 128, pattern: /^[\x21-\x7e]+$/ };
const METHOD: Values = { lengthMax: 40, pattern: /^[A-Z_-]+$/ };
const HEADER_NAME: Values = { lengthMax: 40, pattern: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/ };
const CIDR_V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!\/)|(?=\/))){4}\/(?:3[0-2]|[12]?\d)$/;
const CIDR_V6 = /^(?=[^/]*:)[0-9A-Fa-f:]{2,39}\/(?:12[0-8]|1[01]\d|[1-9]?\d)$/;

/** Fields that a rule can contain only once. */
const ONCE: readonly Condition['field'][] = ['host-header', 'path-pattern', 'http-request-method', 'source-ip'];

/** Parses the conditions of a rule. @throws Refusal */
export function readConditions(given: readonly Elbv2.RuleCondition[]): readonly Condition[] {
  const conditions = given.map(readCondition);
  for (const field of ONCE) {
    if (conditions.filter((condition) => condition.field === field).length > 1) {
      throw invalidParameter(`A rule can only have one '${field}' condition`);
    }
  }
  checkCounts(conditions);
  return conditions;
}

function checkCounts(conditions: readonly Condition[]): void {
  const texts = conditions.flatMap((condition): readonly string[] =>
    condition.field === 'query-string'
      ? condition.values.map(({ key = '', value }) => `${key}=${value}`)
      : condition.values,
  );
  const valuesMax = ELB_LIMITS['condition-values-per-alb-rule'];
  if (texts.length > valuesMax) {
    throw invalidParameter(`A rule can only have '${String(valuesMax)}' condition values`);
  }
  const wildcardsMax = ELB_LIMITS['condition-wildcards-per-alb-rule'];
  const wildcards = conditions.some(({ field }) => field !== 'source-ip') ? texts.join('').replace(/[^*?]/g, '') : '';
  if (wildcards.length > wildcardsMax) {
    throw invalidParameter(`A rule can only have '${String(wildcardsMax)}' condition wildcards`);
  }
}

function readCondition(given: Elbv2.RuleCondition): Condition {
  const regexes =
    given.RegexValues ??
    given.HostHeaderConfig?.RegexValues ??
    given.PathPatternConfig?.RegexValues ??
    given.HttpHeaderConfig?.RegexValues;
  if (regexes && regexes.length > 0) throw notSupported('RegexValues', 'use Values');
  switch (given.Field) {
    case 'path-pattern':
      return { field: given.Field, values: checked(given.Field, valuesOf(given, 'PathPatternConfig'), PATH) };
    case 'host-header':
      return { field: given.Field, values: checked(given.Field, valuesOf(given, 'HostHeaderConfig'), HOST) };
    case 'http-request-method':
      return { field: given.Field, values: checked(given.Field, given.HttpRequestMethodConfig?.Values, METHOD) };
    case 'source-ip':
      return { field: given.Field, values: addresses(given.SourceIpConfig) };
    case 'http-header':
      return header(given.HttpHeaderConfig);
    case 'query-string':
      return queryString(given.QueryStringConfig);
    default:
      throw invalidParameter(
        `Condition field '${given.Field ?? ''}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'`,
      );
  }
}

/** Two fields have their values in either of two members. The older one, `Values`, contains one value. */
function valuesOf(
  given: Elbv2.RuleCondition,
  config: 'PathPatternConfig' | 'HostHeaderConfig',
): readonly string[] | undefined {
  const { Field: field = '', Values: older } = given;
  const values = given[config]?.Values;
  if (older && values) {
    throw invalidParameter(`You cannot provide both Values and '${config}' for a condition of type '${field}'`);
  }
  if (older && older.length > 1) {
    throw invalidParameter(
      `You can specify only one value in Values for a condition of type '${field}': use '${config}' for several`,
    );
  }
  return older ?? values;
}

function checked(field: string, values: readonly string[] | undefined, rule: Values): readonly string[] {
  if (!values || values.length === 0) throw invalidParameter(`A condition value must be specified for '${field}'`);
  for (const value of values) {
    if (value.length > rule.lengthMax) {
      throw invalidParameter(`Condition value '${value}' cannot be longer than '${String(rule.lengthMax)}' characters`);
    }
    if (!rule.pattern.test(value)) {
      throw invalidParameter(`Condition value '${value}' contains a character that is not valid`);
    }
  }
  return values;
}

function addresses(config: Elbv2.SourceIpConditionConfig | undefined): readonly string[] {
  const values = config?.Values ?? [];
  if (values.length === 0) throw invalidParameter("A condition value must be specified for 'source-ip'");
  for (const value of values) {
    if (!CIDR_V4.test(value) && !CIDR_V6.test(value)) {
      throw invalidParameter(`Condition value '${value}' is not a valid CIDR block`);
    }
  }
  return values;
}

function header(config: Elbv2.HttpHeaderConditionConfig | undefined): Condition {
  const [name = ''] = checked('http-header', config?.HttpHeaderName ? [config.HttpHeaderName] : [], HEADER_NAME);
  if (name.toLowerCase() === 'host') throw invalidParameter("Use a 'host-header' condition for the host header");
  return { field: 'http-header', name, values: checked('http-header', config?.Values, HEADER) };
}

function queryString(config: Elbv2.QueryStringConditionConfig | undefined): Condition {
  const values = (config?.Values ?? []).map(({ Key: key, Value: value = '' }) => ({
    ...(key !== undefined && { key }),
    value,
  }));
  checked(
    'query-string',
    values.flatMap(({ key, value }) => (key === undefined ? [value] : [key, value])),
    QUERY,
  );
  return { field: 'query-string', values };
}
