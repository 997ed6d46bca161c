import { type AccountSettingEvent, type AccountSettings, invalidParameter, type Scope } from '@stowage/domain';

interface SettingRule {
  readonly values: readonly string[];
  /** What ECS has it at for accounts that never touched it (ecs-api 5.13). */
  readonly initially: string;
  /** Why a value that ECS once took is refused. */
  readonly refused?: Readonly<Record<string, string>>;
}

const SWITCH: SettingRule = { values: ['enabled', 'disabled'], initially: 'disabled' };
const LONG_ARNS: SettingRule = {
  values: ['enabled', 'disabled'],
  initially: 'enabled',
  refused: { disabled: 'The new ARN and resource ID format can not be opted out of.' },
};

/** Every setting that there is, in ECS's order. */
const RULES: Readonly<Record<string, SettingRule>> = {
  serviceLongArnFormat: LONG_ARNS,
  taskLongArnFormat: LONG_ARNS,
  containerInstanceLongArnFormat: LONG_ARNS,
  awsvpcTrunking: SWITCH,
  containerInsights: { values: ['enabled', 'disabled', 'enhanced'], initially: 'disabled' },
  fargateFIPSMode: SWITCH,
  tagResourceAuthorization: { values: ['on', 'off'], initially: 'on' },
  fargateTaskRetirementWaitPeriod: { values: ['0', '7', '14'], initially: '7' },
  guardDutyActivate: { values: [], initially: 'off' },
  defaultLogDriverMode: { values: ['blocking', 'non-blocking'], initially: 'non-blocking' },
  fargateEventWindows: SWITCH,
};

export const SETTING_NAMES: readonly string[] = Object.keys(RULES);

/** One setting as somebody has it. */
export interface SettingOf {
  readonly name: string;
  readonly value: string;
  readonly principal: string;
}

export const rootArn = ({ account }: Scope): string => `arn:aws:iam::${account}:root`;

/** PutAccountSetting and, for the root, PutAccountSettingDefault: the root's settings are the account's defaults. */
export function decidePutSetting(
  settings: AccountSettings,
  { name, value, principal }: SettingOf,
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

/** DeleteAccountSetting. What was not set is no mistake. */
export function decideDeleteSetting(
  settings: AccountSettings,
  { name, principal }: Pick<SettingOf, 'name' | 'principal'>,
  scope: Scope,
): readonly AccountSettingEvent[] {
  ruleOf(name);
  if (explicitly(settings, principal, scope)[name] === undefined) return [];
  return [{ type: 'AccountSettingDeleted', version: 1, name, ...ownerOf(principal, scope) }];
}

/** The principal's own value, else the account's default, else ECS's. */
export function effectiveValue(settings: AccountSettings, name: string, principal: string): string {
  return settings.principals[principal]?.[name] ?? settings.defaults[name] ?? ruleOf(name).initially;
}

export interface SettingsQuery {
  readonly principal: string;
  readonly effective: boolean;
  readonly name?: string;
  readonly value?: string;
}

/** ListAccountSettings, before paging: those that the principal set, or with `effective` what holds for it. */
export function listSettings(settings: AccountSettings, query: SettingsQuery, scope: Scope): readonly SettingOf[] {
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

/** A principal as callers name it; without a name the caller. @throws Refusal of one that is no user, role or root of ours. */
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
