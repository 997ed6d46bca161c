import { type AccountSettings, NO_ACCOUNT_SETTINGS } from '@stowage/domain';
import type { Tables } from '../database';
import { AccountSettingsRow } from '../rows';

/** Query for the account settings. The domain derives the effective settings of a principal from them. */
export class AccountSettingsQueries {
  constructor(private readonly database: Tables) {}

  async all(): Promise<AccountSettings> {
    const row = await this.database.use((source) =>
      source.getRepository(AccountSettingsRow).findOneBy({ id: 'account' }),
    );
    return row?.record ?? NO_ACCOUNT_SETTINGS;
  }
}
