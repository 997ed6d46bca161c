import type { Ecs } from '@stowage/domain';

/** `Setting` of the API: one account setting as a principal has it. */
export function accountSettingView(name: string, value: string, principalArn: string): Ecs.Setting {
  // The name was checked against the model's list before it was stored.
  return { name: name as NonNullable<Ecs.Setting['name']>, value, principalArn, type: 'user' };
}
