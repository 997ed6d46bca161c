import type { Ecs } from '@stowage/domain';

/** The only setting that AWS sets on behalf of the account (ecs-api 5.13). */
const AWS_MANAGED = 'guardDutyActivate';

/** Returns the API's `Setting`: one account setting of a principal. */
export function accountSettingView(name: string, value: string, principalArn: string): Ecs.Setting {
  return {
    // The name was checked against the model's list before it was stored.
    name: name as NonNullable<Ecs.Setting['name']>,
    value,
    principalArn,
    type: name === AWS_MANAGED ? 'aws_managed' : 'user',
  };
}
