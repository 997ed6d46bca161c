import type { ClusterName, ContainerInstance, InstanceId } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A container instance. INACTIVE instances stay, so that they can still be described. */
@Entity('container_instances')
export class ContainerInstanceRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: InstanceId;

  @Column({ type: 'text', collation: 'C' })
  cluster!: ClusterName;

  @Column({ type: 'text', collation: 'C' })
  status!: ContainerInstance['status'];

  @Column('json')
  record!: ContainerInstance;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
