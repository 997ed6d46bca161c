import type { TargetGroup } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A target group with its targets and their health; none that was deleted. */
@Entity('target_groups')
export class TargetGroupRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  @Column('json')
  record!: TargetGroup;

  /** Of the event that changed the row last. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
