import type { Ecs } from '@stowage/domain';

/** Of all settings only this one is set by somebody else than the account's users (ecs-api 5.13). */
const AWS_MANAGED = 'guardDutyActivate';

/** `Setting` of the API: one account setting as a principal has it. */
export function accountSettingView(name: string, value: string, principalArn: string): Ecs.Setting {
  return {
    // The name was checked against the model's list before it was stored.
    name: name as NonNullable<Ecs.Setting['name']>,
    value,
    principalArn,
    type: name === AWS_MANAGED ? 'aws_managed' : 'user',
  };
}
