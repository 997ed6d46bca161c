import { accountSettingView, EcsInputs } from '@stowage/aws-api';
import type { AccountSettingEvent, AccountSettings, Ecs } from '@stowage/domain';
import { pageOf, Pages } from '@stowage/read-model';
import type { Runtime } from '@stowage/runtime';
import {
  decideDeleteSetting,
  decidePutSetting,
  effectiveValue,
  listSettings,
  rootArn,
  SETTING_NAMES,
  type PrincipalSetting,
  settingsPrincipal,
} from '../../core/account-settings';
import { type OperationContext, type OwnAnswer, type OwnOperation, operationFor } from './own-operation';
import type { Reads } from './reads';

/** Maximum number of settings that ECS returns in one page (ecs-api 4.4). */
const SETTINGS_PAGE_MAX = 10;

/** The operations of account settings (ecs-api 5.13). The gateway owns all four. */
export function accountSettingsOperations(reads: Reads, runtime: Runtime): Readonly<Record<string, OwnOperation>> {
  const { scope } = runtime;
  const pages = new Pages(runtime.journal.id);
  const put = ({ name, value, principal }: PrincipalSetting, context: OperationContext): Promise<OwnAnswer> =>
    write(runtime, context, {
      decide: (settings) => decidePutSetting(settings, { name, value, principal }, scope),
      show: () => accountSettingView(name, value, principal),
    });
  return {
    PutAccountSetting: operationFor(EcsInputs.PutAccountSettingRequest, ({ name, value, principalArn }, context) =>
      put({ name, value, principal: settingsPrincipal(principalArn, context.caller.principal, scope) }, context),
    ),
    PutAccountSettingDefault: operationFor(EcsInputs.PutAccountSettingDefaultRequest, ({ name, value }, context) =>
      put({ name, value, principal: rootArn(scope) }, context),
    ),
    DeleteAccountSetting: operationFor(EcsInputs.DeleteAccountSettingRequest, ({ name, principalArn }, context) => {
      const principal = settingsPrincipal(principalArn, context.caller.principal, scope);
      return write(runtime, context, {
        decide: (settings) => decideDeleteSetting(settings, { name, principal }, scope),
        // The value that was in force, even if it was never set.
        show: (settings) => accountSettingView(name, effectiveValue(settings, name, principal), principal),
      });
    }),
    ListAccountSettings: reads.operation(EcsInputs.ListAccountSettingsRequest, (input, context) =>
      list(reads, pages, input, context),
    ),
  };

  async function list(
    { model }: Reads,
    pagesOf: Pages,
    input: Ecs.ListAccountSettingsRequest,
    { caller }: OperationContext,
  ): Promise<Ecs.ListAccountSettingsResponse> {
    const { name, value, maxResults = SETTINGS_PAGE_MAX, nextToken: from } = input;
    const query = {
      principal: settingsPrincipal(input.principalArn, caller.principal, scope),
      effective: input.effectiveSettings ?? false,
      ...(name !== undefined && { name }),
      ...(value !== undefined && { value }),
    };
    const page = pagesOf.open(['account-settings', query], {
      maxResults,
      ...(from !== undefined && { nextToken: from }),
    });
    const after = SETTING_NAMES.indexOf(String(page.after?.[0] ?? ''));
    const settings = listSettings(await model.accountSettings.all(), query, scope).filter(
      (setting) => SETTING_NAMES.indexOf(setting.name) > after,
    );
    const { items, nextToken } = pageOf(page, settings, {
      cursor: (setting) => [setting.name],
      item: (setting) => accountSettingView(setting.name, setting.value, setting.principal),
    });
    return { settings: items, ...(nextToken !== undefined && { nextToken }) };
  }
}

interface SettingCommand {
  readonly decide: (settings: AccountSettings) => readonly AccountSettingEvent[];
  readonly show: (settings: AccountSettings) => Ecs.Setting;
}

async function write(
  { commands }: Runtime,
  { caller, floor }: OperationContext,
  command: SettingCommand,
): Promise<OwnAnswer> {
  const { result, sequence } = await commands.execute({
    decide: (state) => {
      const settings = state.accountSettings();
      return { events: command.decide(settings), result: command.show(settings) };
    },
    atLeast: floor,
    actor: caller.principal,
    cause: caller.requestId,
  });
  return { output: { setting: result }, sequence };
}
