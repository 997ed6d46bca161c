import type { ClusterName, TaskId } from '@stowage/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/**
 * The latest transaction that carried a client token. It serves tokens that are older than the deduplication window of
 * the journal.
 */
@Entity('client_tokens')
export class ClientTokenRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  cluster!: ClusterName;

  @PrimaryColumn({ type: 'text', collation: 'C', name: 'token_hash' })
  tokenHash!: string;

  @Column({ type: 'text', collation: 'C', name: 'parameters_hash' })
  parametersHash!: string;

  /** In the order of their placement. */
  @Column({ type: 'text', collation: 'C', name: 'task_ids', array: true })
  taskIds!: TaskId[];

  @Column('bigint', { transformer: wholeNumber })
  at!: number;

  /** Sequence of the transaction's last event that carried the token. */
  @Column('bigint', { transformer: wholeNumber })
  sequence!: number;
}
