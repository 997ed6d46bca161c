import type { ClusterName, InstanceId, Task, TaskId } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A task. STOPPED tasks stay as history. */
@Entity('tasks')
export class TaskRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: TaskId;

  @Column({ type: 'text', collation: 'C' })
  cluster!: ClusterName;

  @Column({ type: 'text', collation: 'C' })
  instance!: InstanceId;

  @Column({ type: 'text', collation: 'C' })
  family!: string;

  @Column({ type: 'text', collation: 'C', name: 'started_by', nullable: true })
  startedBy!: string | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  service!: string | null;

  @Column({ type: 'text', collation: 'C', name: 'launch_type' })
  launchType!: Task['launchType'];

  @Column({ type: 'text', collation: 'C', name: 'desired_status' })
  desiredStatus!: Task['desiredStatus'];

  @Column('bigint', { name: 'created_at', transformer: wholeNumber })
  createdAt!: number;

  @Column('bigint', { name: 'stopped_at', nullable: true, transformer: wholeNumber })
  stoppedAt!: number | null;

  @Column('json')
  record!: Task;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
