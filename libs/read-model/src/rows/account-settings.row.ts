import type { AccountSettings } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** The settings of the account and its principals. There is one row, because a deployment is one account. */
@Entity('account_settings')
export class AccountSettingsRow {
  @PrimaryColumn('text')
  id!: 'account';

  @Column('json')
  record!: AccountSettings;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
