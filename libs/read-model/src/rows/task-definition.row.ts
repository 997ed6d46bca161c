import type { TaskDefinition } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A revision of a task definition. A deleted revision has no row. */
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

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
