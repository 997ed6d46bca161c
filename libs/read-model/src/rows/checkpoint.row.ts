import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** Up to where the rows sum up the journal, and which journal that is. Locked by whoever writes rows. */
@Entity('checkpoint')
export class CheckpointRow {
  @PrimaryColumn('text')
  id!: 'read-model';

  /** Null until the first event, `JournalOpened`, is projected. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  journal!: string | null;

  /** Sequence of the last event of the last projected transaction. */
  @Column('bigint', { transformer: wholeNumber })
  position!: number;

  /** Of the code that made the rows, see `PROJECTION_VERSION`. */
  @Column('integer')
  projection!: number;
}
