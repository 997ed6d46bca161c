import type { AccountSettings } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** The account's settings and those of its principals: one row, since a deployment is one account. */
@Entity('account_settings')
export class AccountSettingsRow {
  @PrimaryColumn('text')
  id!: 'account';

  @Column('json')
  record!: AccountSettings;

  /** Of the event that changed the row last. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
