import type { TargetGroup } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A target group with its targets and their health. A deleted target group has no row. */
@Entity('target_groups')
export class TargetGroupRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  @Column('json')
  record!: TargetGroup;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
