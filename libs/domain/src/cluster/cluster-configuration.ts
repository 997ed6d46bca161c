import type { AccountSettings } from '../account/records/account';
import type * as Ecs from '../ecs/shapes';
import { invalidParameter } from '../refusal';

const CONTAINER_INSIGHTS_VALUES: readonly (string | undefined)[] = ['enabled', 'disabled', 'enhanced'];
const CONTAINER_INSIGHTS = 'containerInsights';

/** Throws ECS's refusal of a setting that there is not, or of a value that it cannot have. */
export function checkClusterSettings(settings: readonly Ecs.ClusterSetting[] | undefined): void {
  for (const { name, value } of settings ?? []) {
    // The type knows only one name; what comes over the wire may be any text.
    const given: string | undefined = name;
    if (given !== CONTAINER_INSIGHTS) throw invalidParameter("Invalid setting 'name'");
    if (!CONTAINER_INSIGHTS_VALUES.includes(value)) throw invalidParameter("Invalid setting 'value'");
  }
}

/** All settings of a new cluster: the given ones, else what the principal's or the account's settings say. */
export function settingsOfNewCluster(
  given: readonly Ecs.ClusterSetting[] | undefined,
  account: AccountSettings,
  principal: string,
): readonly Ecs.ClusterSetting[] {
  const value =
    account.principals[principal]?.[CONTAINER_INSIGHTS] ?? account.defaults[CONTAINER_INSIGHTS] ?? 'disabled';
  return mergedSettings([{ name: CONTAINER_INSIGHTS, value }], given ?? []);
}

/** `current` with `given` over it by name; of one name given twice the last one counts. */
export function mergedSettings(
  current: readonly Ecs.ClusterSetting[],
  given: readonly Ecs.ClusterSetting[],
): readonly Ecs.ClusterSetting[] {
  const merged = new Map(current.map((setting) => [setting.name, setting]));
  for (const setting of given) merged.set(setting.name, setting);
  return [...merged.values()];
}

/** Throws ECS's refusal of a configuration that overrides ExecuteCommand's log and does not say where to. */
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
