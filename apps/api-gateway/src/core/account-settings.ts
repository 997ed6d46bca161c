import { type AccountSettingEvent, type AccountSettings, invalidParameter, type Scope } from '@stowage/domain';

interface SettingRule {
  readonly values: readonly string[];
  /** Value in ECS for accounts that have never set it (ecs-api 5.13). */
  readonly defaultValue: string;
  /** Error text for values that ECS accepted in the past. */
  readonly refused?: Readonly<Record<string, string>>;
}

const SWITCH: SettingRule = { values: ['enabled', 'disabled'], defaultValue: 'disabled' };
const LONG_ARNS: SettingRule = {
  values: ['enabled', 'disabled'],
  defaultValue: 'enabled',
  refused: { disabled: 'The new ARN and resource ID format cannot be opted out of.' },
};

/** All settings, in ECS's order. */
const RULES: Readonly<Record<string, SettingRule>> = {
  serviceLongArnFormat: LONG_ARNS,
  taskLongArnFormat: LONG_ARNS,
  containerInstanceLongArnFormat: LONG_ARNS,
  awsvpcTrunking: SWITCH,
  containerInsights: { values: ['enabled', 'disabled', 'enhanced'], defaultValue: 'disabled' },
  fargateFIPSMode: SWITCH,
  tagResourceAuthorization: { values: ['on', 'off'], defaultValue: 'on' },
  fargateTaskRetirementWaitPeriod: { values: ['0', '7', '14'], defaultValue: '7' },
  guardDutyActivate: { values: [], defaultValue: 'off' },
  defaultLogDriverMode: { values: ['blocking', 'non-blocking'], defaultValue: 'non-blocking' },
  fargateEventWindows: SWITCH,
};

export const SETTING_NAMES: readonly string[] = Object.keys(RULES);

/** The value of one setting for one principal. */
export interface PrincipalSetting {
  readonly name: string;
  readonly value: string;
  readonly principal: string;
}

export const rootArn = ({ account }: Scope): string => `arn:aws:iam::${account}:root`;

/**
 * Decides PutAccountSetting and, for the root, PutAccountSettingDefault. The settings of the root are the account's
 * defaults.
 * @throws Refusal if the setting or its value is not valid.
 */
export function decidePutSetting(
  settings: AccountSettings,
  { name, value, principal }: PrincipalSetting,
  scope: Scope,
): readonly AccountSettingEvent[] {
  const { values, refused } = ruleOf(name);
  if (name === 'guardDutyActivate') throw invalidParameter('The setting guardDutyActivate is read-only.');
  if (!values.includes(value))
    throw invalidParameter(`Invalid value for ${name}: should be one of [${values.join(',')}]`);
  if (refused?.[value] !== undefined) throw invalidParameter(refused[value]);
  if (explicitly(settings, principal, scope)[name] === value) return [];
  return [{ type: 'AccountSettingPut', version: 1, name, value, ...ownerOf(principal, scope) }];
}

/**
 * Decides DeleteAccountSetting. Deleting a setting that is not set succeeds.
 * @throws Refusal if the setting does not exist.
 */
export function decideDeleteSetting(
  settings: AccountSettings,
  { name, principal }: Pick<PrincipalSetting, 'name' | 'principal'>,
  scope: Scope,
): readonly AccountSettingEvent[] {
  ruleOf(name);
  if (explicitly(settings, principal, scope)[name] === undefined) return [];
  return [{ type: 'AccountSettingDeleted', version: 1, name, ...ownerOf(principal, scope) }];
}

/** Returns the principal's own value, otherwise the account's default, otherwise ECS's value. */
export function effectiveValue(settings: AccountSettings, name: string, principal: string): string {
  return settings.principals[principal]?.[name] ?? settings.defaults[name] ?? ruleOf(name).defaultValue;
}

export interface SettingsQuery {
  readonly principal: string;
  readonly effective: boolean;
  readonly name?: string;
  readonly value?: string;
}

/**
 * Returns the result of ListAccountSettings before paging: the values that the principal set, or with `effective` all
 * values that apply to it.
 * @throws Refusal if the filters are not valid.
 */
export function listSettings(
  settings: AccountSettings,
  query: SettingsQuery,
  scope: Scope,
): readonly PrincipalSetting[] {
  const { principal, name, value } = query;
  if (name !== undefined) ruleOf(name);
  if (value !== undefined && name === undefined) {
    throw invalidParameter('An account setting name must be specified to filter by value.');
  }
  const own = explicitly(settings, principal, scope);
  return SETTING_NAMES.filter((each) => name === undefined || each === name)
    .map((each) => ({ name: each, value: query.effective ? effectiveValue(settings, each, principal) : own[each] }))
    .filter((each): each is { name: string; value: string } => each.value !== undefined)
    .filter((each) => value === undefined || each.value === value)
    .map((each) => ({ ...each, principal }));
}

const PRINCIPAL = /^arn:aws:iam::(\d{12}):(root|(user|role)\/[\w+=,.@/-]{1,512})$/;

/**
 * Returns the given principal, or the caller if there is none.
 * @throws Refusal if it is not a user, a role or the root of this account.
 */
export function settingsPrincipal(given: string | undefined, caller: string, scope: Scope): string {
  if (given === undefined) return caller;
  if (PRINCIPAL.exec(given)?.[1] === scope.account) return given;
  throw invalidParameter('principalArn must be the ARN of a user, a role or the root user of this account.');
}

function ruleOf(name: string): SettingRule {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule) throw invalidParameter(`unknown should be one of [${SETTING_NAMES.join(',')}]`);
  return rule;
}

function explicitly(settings: AccountSettings, principal: string, scope: Scope): Readonly<Record<string, string>> {
  return principal === rootArn(scope) ? settings.defaults : (settings.principals[principal] ?? {});
}

function ownerOf(principal: string, scope: Scope): { readonly principal?: string } {
  return principal === rootArn(scope) ? {} : { principal };
}
