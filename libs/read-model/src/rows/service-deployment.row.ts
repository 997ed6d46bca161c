import type { ServiceDeployment, ServiceKey } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A service deployment with its target revision. Deployments that have ended stay as history. */
@Entity('service_deployments')
export class ServiceDeploymentRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  @Column({ type: 'text', collation: 'C', name: 'service_key' })
  serviceKey!: ServiceKey;

  /** Id of the service revision. A rollback uses the revision of an earlier deployment. */
  @Column({ type: 'text', collation: 'C' })
  revision!: string;

  @Column({ type: 'text', collation: 'C' })
  status!: ServiceDeployment['status'];

  @Column('bigint', { name: 'created_at', transformer: wholeNumber })
  createdAt!: number;

  @Column('json')
  record!: ServiceDeployment;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
