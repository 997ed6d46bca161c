import type { ClusterName, ContainerInstance, InstanceId } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A container instance; INACTIVE ones stay, so that they can still be described. */
@Entity('container_instances')
export class ContainerInstanceRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: InstanceId;

  @Column({ type: 'text', collation: 'C' })
  cluster!: ClusterName;

  @Column({ type: 'text', collation: 'C' })
  status!: ContainerInstance['status'];

  /** Narrows a search by name of an attribute; which instances match is decided on the record. */
  @Column({ type: 'text', collation: 'C', name: 'attribute_names', array: true })
  attributeNames!: string[];

  @Column('json')
  record!: ContainerInstance;

  /** Of the event that changed the row last. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
