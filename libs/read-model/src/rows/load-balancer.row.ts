import type { LoadBalancer } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** A load balancer with its listeners and rules; none that was deleted. */
@Entity('load_balancers')
export class LoadBalancerRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  /** Names of the groups that its listeners send requests to. */
  @Column({ type: 'text', collation: 'C', name: 'target_groups', array: true })
  targetGroups!: string[];

  @Column('json')
  record!: LoadBalancer;

  /** Of the event that changed the row last. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
