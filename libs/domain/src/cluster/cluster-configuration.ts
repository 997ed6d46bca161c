import type { AccountSettings } from '../account/records/account';
import type * as Ecs from '../ecs/shapes';
import { invalidParameter } from '../refusal';

const CONTAINER_INSIGHTS_VALUES: readonly (string | undefined)[] = ['enabled', 'disabled', 'enhanced'];
const CONTAINER_INSIGHTS = 'containerInsights';

/** @throws Refusal in ECS's words if a setting does not exist or its value is not valid. */
export function checkClusterSettings(settings: readonly Ecs.ClusterSetting[] | undefined): void {
  for (const { name, value } of settings ?? []) {
    // The type allows only one name, but a request may contain any text.
    const given: string | undefined = name;
    if (given !== CONTAINER_INSIGHTS) throw invalidParameter("Invalid setting 'name'");
    if (!CONTAINER_INSIGHTS_VALUES.includes(value)) throw invalidParameter("Invalid setting 'value'");
  }
}

/**
 * Returns all settings of a new cluster: the given ones, and otherwise the defaults of the principal or the account.
 */
export function settingsOfNewCluster(
  given: readonly Ecs.ClusterSetting[] | undefined,
  account: AccountSettings,
  principal: string,
): readonly Ecs.ClusterSetting[] {
  const value =
    account.principals[principal]?.[CONTAINER_INSIGHTS] ?? account.defaults[CONTAINER_INSIGHTS] ?? 'disabled';
  return mergedSettings([{ name: CONTAINER_INSIGHTS, value }], given ?? []);
}

/** Returns `current` with the settings in `given` replaced by name. The last one of two with the same name counts. */
export function mergedSettings(
  current: readonly Ecs.ClusterSetting[],
  given: readonly Ecs.ClusterSetting[],
): readonly Ecs.ClusterSetting[] {
  const merged = new Map(current.map((setting) => [setting.name, setting]));
  for (const setting of given) merged.set(setting.name, setting);
  return [...merged.values()];
}

/** @throws Refusal in ECS's words if a configuration overrides ExecuteCommand's log without a destination. */
export function checkClusterConfiguration(configuration: Ecs.ClusterConfiguration | undefined): void {
  const exec = configuration?.executeCommandConfiguration;
  if (!exec) return;
  const log = exec.logConfiguration;
  if (exec.logging === 'OVERRIDE' && !log?.cloudWatchLogGroupName && !log?.s3BucketName) {
    throw invalidParameter(
      'A CloudWatch log group name or S3 bucket name must be specified when overriding the default log configuration',
    );
  }
  if (exec.logging !== 'OVERRIDE' && log) {
    throw invalidParameter("Log configuration may only be specified when logging is 'OVERRIDE'");
  }
}
