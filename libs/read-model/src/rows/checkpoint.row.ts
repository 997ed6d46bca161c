import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns';

/** The journal that the rows were made from, and the position that they have reached. Each writer of rows locks it. */
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

  /** Version of the code that made the rows, see `PROJECTION_VERSION`. */
  @Column('integer')
  projection!: number;
}
