import type { ClusterName, Service, ServiceKey } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A service. INACTIVE services can be described until their name is used again. */
@Entity('services')
export class ServiceRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  key!: ServiceKey;

  @Column({ type: 'text', collation: 'C' })
  cluster!: ClusterName;

  @Column({ type: 'text', collation: 'C' })
  name!: string;

  @Column({ type: 'text', collation: 'C' })
  status!: Service['status'];

  /** Launch type of the PRIMARY deployment. */
  @Column({ type: 'text', collation: 'C', name: 'launch_type', nullable: true })
  launchType!: string | null;

  @Column({ type: 'text', collation: 'C', name: 'scheduling_strategy' })
  schedulingStrategy!: Service['schedulingStrategy'];

  @Column('json')
  record!: Service;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
