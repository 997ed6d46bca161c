import type { LoadBalancer } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A load balancer with its listeners and rules. A deleted load balancer has no row. */
@Entity('load_balancers')
export class LoadBalancerRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  /** Names of the target groups to which its listeners send requests. */
  @Column({ type: 'text', collation: 'C', name: 'target_groups', array: true })
  targetGroups!: string[];

  @Column('json')
  record!: LoadBalancer;

  /** Sequence of the last event that changed the row. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
