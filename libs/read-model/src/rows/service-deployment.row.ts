import type { ServiceDeployment, ServiceKey } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A service deployment with the revision that it brought; those that have ended stay: they are the history. */
@Entity('service_deployments')
export class ServiceDeploymentRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  @Column({ type: 'text', collation: 'C', name: 'service_key' })
  serviceKey!: ServiceKey;

  /** Of the service revision. A rollback brings none: its revision is an earlier deployment's. */
  @Column({ type: 'text', collation: 'C' })
  revision!: string;

  @Column({ type: 'text', collation: 'C' })
  status!: ServiceDeployment['status'];

  @Column('bigint', { name: 'created_at', transformer: wholeNumber })
  createdAt!: number;

  @Column('json')
  record!: ServiceDeployment;

  /** Of the event that changed the row last. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
