import type { Cluster, ClusterName } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A cluster, ACTIVE or INACTIVE. */
@Entity('clusters')
export class ClusterRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: ClusterName;

  @Column({ type: 'text', collation: 'C' })
  status!: Cluster['status'];

  @Column('json')
  record!: Cluster;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
