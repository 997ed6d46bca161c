import type * as Ecs from '../ecs/shapes';
import { invalidSettingOf } from './invalid-setting';

/** Docker accepts both `:` and `=` between an option and its value. */
const OPTION_PATTERN = /^(?:no-new-privileges(?:[:=](?:true|false))?|(?:apparmor|label|seccomp)[:=].+)$/s;
const APPARMOR_PATTERN = /^apparmor[:=](?!unconfined$)/;
const SELINUX_PATTERN = /^label[:=](?!disable$)/;

/** @throws Refusal if Docker on Linux does not have the security options. */
export function checkSecurityOptions(container: Ecs.ContainerDefinition): void {
  const unknown = container.dockerSecurityOptions?.find((option) => !OPTION_PATTERN.test(option));
  if (unknown === undefined) return;
  throw invalidSettingOf(container)(
    'dockerSecurityOptions',
    `'${unknown}' is not supported. Use no-new-privileges, apparmor:PROFILE, label:VALUE or seccomp:unconfined`,
  );
}

/**
 * Docker ignores options of AppArmor and SELinux where these are absent, so the instance must have the matching
 * attribute.
 */
export function securityAttributes({ dockerSecurityOptions = [] }: Ecs.ContainerDefinition): readonly string[] {
  return [
    ...(dockerSecurityOptions.some((option) => SELINUX_PATTERN.test(option)) ? ['selinux'] : []),
    ...(dockerSecurityOptions.some((option) => APPARMOR_PATTERN.test(option)) ? ['apparmor'] : []),
  ].map((name) => `com.amazonaws.ecs.capability.${name}`);
}
