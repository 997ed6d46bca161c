import type { TaskDefinition } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A revision of a task definition; a deleted one has no row. */
@Entity('task_definitions')
export class TaskDefinitionRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  family!: string;

  @PrimaryColumn('integer')
  revision!: number;

  @Column({ type: 'text', collation: 'C' })
  status!: TaskDefinition['status'];

  @Column('json')
  record!: TaskDefinition;

  /** Of the event that changed the row last. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
