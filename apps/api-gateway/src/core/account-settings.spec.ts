import { type AccountSettings, evolveAccountSettings, NO_ACCOUNT_SETTINGS, Refusal } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import {
  decideDeleteSetting,
  decidePutSetting,
  effectiveValue,
  listSettings,
  rootArn,
  SETTING_NAMES,
  type PrincipalSetting,
  settingsPrincipal,
} from './account-settings';

const SCOPE = { region: 'us-east-1', account: '123456789012' };
const ROOT = rootArn(SCOPE);
const ANN = 'arn:aws:iam::123456789012:user/ann';
const BOB = 'arn:aws:iam::123456789012:user/team/bob';

const put = (settings: AccountSettings, setting: PrincipalSetting): AccountSettings =>
  decidePutSetting(settings, setting, SCOPE).reduce(evolveAccountSettings, settings);
const remove = (settings: AccountSettings, name: string, principal: string): AccountSettings =>
  decideDeleteSetting(settings, { name, principal }, SCOPE).reduce(evolveAccountSettings, settings);

const insights = (principal: string, value: string): PrincipalSetting => ({
  name: 'containerInsights',
  value,
  principal,
});

describe('an account setting', () => {
  it("has ECS's value, unless the account has a default or the principal has a value of its own", () => {
    const value = (settings: AccountSettings, who: string): string =>
      effectiveValue(settings, 'containerInsights', who);
    const withDefault = put(NO_ACCOUNT_SETTINGS, insights(ROOT, 'enhanced'));
    const withOwn = put(withDefault, insights(ANN, 'enabled'));
    expect([NO_ACCOUNT_SETTINGS, withDefault, withOwn].map((each) => value(each, ANN))).toEqual([
      'disabled',
      'enhanced',
      'enabled',
    ]);
    expect(value(withOwn, BOB)).toBe('enhanced');
    expect(value(remove(withOwn, 'containerInsights', ANN), ANN)).toBe('enhanced');
    expect(value(remove(withDefault, 'containerInsights', ROOT), BOB)).toBe('disabled');
  });

  it('is not written again with the same value, and not deleted if it is not set', () => {
    const settings = put(NO_ACCOUNT_SETTINGS, insights(ANN, 'enabled'));
    expect(decidePutSetting(settings, insights(ANN, 'enabled'), SCOPE)).toEqual([]);
    expect(decideDeleteSetting(settings, { name: 'containerInsights', principal: BOB }, SCOPE)).toEqual([]);
  });

  it.each([
    ['unknown', 'enabled', /^unknown should be one of \[serviceLongArnFormat,taskLongArnFormat,/],
    ['toString', 'enabled', /^unknown should be one of/],
    [
      'containerInsights',
      'on',
      /^Invalid value for containerInsights: should be one of \[enabled,disabled,enhanced\]$/,
    ],
    ['taskLongArnFormat', 'disabled', /cannot be opted out of/],
    ['fargateTaskRetirementWaitPeriod', '8', /\[0,7,14\]/],
    ['guardDutyActivate', 'on', /read-only/],
  ])('is rejected: %s=%s', (name, value, message) => {
    const refused = (): unknown => decidePutSetting(NO_ACCOUNT_SETTINGS, { name, value, principal: ANN }, SCOPE);
    expect(refused).toThrow(Refusal);
    expect(refused).toThrow(message);
  });
});

describe('a list of account settings', () => {
  const settings = put(put(NO_ACCOUNT_SETTINGS, insights(ROOT, 'enhanced')), insights(ANN, 'enabled'));
  const list = (query: object): readonly PrincipalSetting[] =>
    listSettings(settings, { principal: ANN, effective: false, ...query }, SCOPE);

  it('contains the values that were set, or all effective values', () => {
    expect(list({})).toEqual([insights(ANN, 'enabled')]);
    expect(list({ principal: BOB })).toEqual([]);
    expect(list({ principal: ROOT })).toEqual([insights(ROOT, 'enhanced')]);
    expect(list({ effective: true }).map(({ name }) => name)).toEqual(SETTING_NAMES);
    expect(list({ principal: BOB, effective: true, name: 'containerInsights' })).toEqual([insights(BOB, 'enhanced')]);
  });

  it('is filtered by name, and by value only together with a name', () => {
    expect(list({ name: 'containerInsights', value: 'enabled' })).toHaveLength(1);
    expect(list({ name: 'containerInsights', value: 'disabled' })).toEqual([]);
    expect(() => list({ value: 'enabled' })).toThrow('name must be specified');
    expect(() => list({ name: 'nonsense' })).toThrow('should be one of');
  });
});

describe('the principal of a setting', () => {
  it('is the caller, or a user, a role or the root of this account', () => {
    expect(settingsPrincipal(undefined, ANN, SCOPE)).toBe(ANN);
    const role = 'arn:aws:iam::123456789012:role/service-role/x';
    for (const given of [ROOT, BOB, role]) expect(settingsPrincipal(given, ANN, SCOPE)).toBe(given);
  });

  it.each([
    '',
    'ann',
    'arn:aws:iam::999999999999:root',
    'arn:aws:iam::123456789012:group/x',
    `${ANN}\n`,
    'arn:aws:iam::123456789012:user/',
  ])('is not %j', (given) => {
    expect(() => settingsPrincipal(given, ANN, SCOPE)).toThrow('principalArn must be');
  });
});
