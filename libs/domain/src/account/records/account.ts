import type { ClusterName, EpochMs, InstanceId } from '../../ids';

/** Account settings by name: the defaults of the account, and the settings of each principal. */
export interface AccountSettings {
  readonly defaults: Readonly<Record<string, string>>;
  readonly principals: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const NO_ACCOUNT_SETTINGS: AccountSettings = { defaults: {}, principals: {} };

/** ARN of a principal. Absent: the setting is the account's default. */
export interface AccountSettingPut {
  readonly type: 'AccountSettingPut';
  readonly version: 1;
  readonly name: string;
  readonly value: string;
  readonly principal?: string;
}

/** ARN of a principal. Absent: the account's default returns to ECS's default. */
export interface AccountSettingDeleted {
  readonly type: 'AccountSettingDeleted';
  readonly version: 1;
  readonly name: string;
  readonly principal?: string;
}

export type AccountSettingEvent = AccountSettingPut | AccountSettingDeleted;

export function evolveAccountSettings(
  settings: AccountSettings = NO_ACCOUNT_SETTINGS,
  event: AccountSettingEvent,
): AccountSettings {
  const { principal } = event;
  if (principal === undefined) return { ...settings, defaults: withSetting(settings.defaults, event) };
  const own = withSetting(settings.principals[principal] ?? {}, event);
  return { ...settings, principals: { ...settings.principals, [principal]: own } };
}

function withSetting(
  values: Readonly<Record<string, string>>,
  event: AccountSettingEvent,
): Readonly<Record<string, string>> {
  const { [event.name]: _old, ...others } = values;
  return event.type === 'AccountSettingPut' ? { ...others, [event.name]: event.value } : others;
}

/** A user, or the root, with access keys. The journal contains secrets only in encrypted form. */
export interface Principal {
  readonly name: string;
  readonly arn: string;
  readonly accessKeys: readonly AccessKey[];
}

export interface AccessKey {
  readonly accessKeyId: string;
  /** Encrypted with AES-256-GCM and the deployment's key; `libs/runtime` encrypts and decrypts it. */
  readonly sealedSecret: string;
  readonly createdAt: EpochMs;
}

export interface PrincipalCreated {
  readonly type: 'PrincipalCreated';
  readonly version: 1;
  readonly name: string;
  readonly arn: string;
}

export interface AccessKeyCreated {
  readonly type: 'AccessKeyCreated';
  readonly version: 1;
  readonly principal: string;
  readonly accessKeyId: string;
  readonly sealedSecret: string;
}

export interface AccessKeyDeleted {
  readonly type: 'AccessKeyDeleted';
  readonly version: 1;
  readonly principal: string;
  readonly accessKeyId: string;
}

export type PrincipalEvent = PrincipalCreated | AccessKeyCreated | AccessKeyDeleted;

export function evolvePrincipal(
  principal: Principal | undefined,
  event: PrincipalEvent,
  at: EpochMs,
): Principal | undefined {
  if (event.type === 'PrincipalCreated') return { name: event.name, arn: event.arn, accessKeys: [] };
  if (!principal) return undefined;
  const others = principal.accessKeys.filter(({ accessKeyId }) => accessKeyId !== event.accessKeyId);
  if (event.type === 'AccessKeyDeleted') return { ...principal, accessKeys: others };
  const { accessKeyId, sealedSecret } = event;
  return { ...principal, accessKeys: [...others, { accessKeyId, sealedSecret, createdAt: at }] };
}

/** A token that admits machines as container instances, once or until it expires. */
export interface JoinToken {
  readonly id: string;
  /** The token's secret, encrypted like that of an access key. */
  readonly sealedSecret: string;
  readonly cluster: ClusterName;
  readonly expiresAt: EpochMs;
  readonly oneTime: boolean;
  /** The instances that joined with this token. */
  readonly usedBy: readonly InstanceId[];
}

export interface JoinTokenCreated {
  readonly type: 'JoinTokenCreated';
  readonly version: 1;
  readonly token: string;
  readonly sealedSecret: string;
  readonly cluster: ClusterName;
  readonly expiresAt: EpochMs;
  readonly oneTime: boolean;
}

export interface JoinTokenUsed {
  readonly type: 'JoinTokenUsed';
  readonly version: 1;
  readonly token: string;
  readonly instance: InstanceId;
}

export type JoinTokenEvent = JoinTokenCreated | JoinTokenUsed;

export function evolveJoinToken(token: JoinToken | undefined, event: JoinTokenEvent): JoinToken | undefined {
  if (event.type === 'JoinTokenUsed') return token && { ...token, usedBy: [...token.usedBy, event.instance] };
  const { sealedSecret, cluster, expiresAt, oneTime } = event;
  return { id: event.token, sealedSecret, cluster, expiresAt, oneTime, usedBy: [] };
}
