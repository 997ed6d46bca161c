import { IsInt, IsUrl, Min } from 'class-validator';

/** The projector's own settings; each is read from `STOWAGE_` and its name in capitals. */
export class ProjectorConfig {
  /** The database of the read model: `postgres://user:password@host:port/database`. */
  @IsUrl({ protocols: ['postgres', 'postgresql'], require_tld: false, require_protocol: true })
  databaseUrl = 'postgres://stowage@127.0.0.1:5432/stowage';

  /** How long Postgres may take to connect, and for one statement. */
  @IsInt()
  @Min(100)
  projectionTimeoutMs = 30_000;

  /** Events in one Postgres transaction, unless one transaction of the journal alone has more. */
  @IsInt()
  @Min(1)
  projectionBatchEventsMax = 2_000;

  /** Events read ahead while Postgres is busy. */
  @IsInt()
  @Min(1)
  projectionBufferEventsMax = 4_000;

  /** Pause before Postgres or the journal is tried again; it doubles up to `projectionRetryMaxMs`. */
  @IsInt()
  @Min(1)
  projectionRetryMs = 100;

  @IsInt()
  @Min(1)
  projectionRetryMaxMs = 5_000;

  /** Pause before it is looked again whether what raised an alarm has been put right. */
  @IsInt()
  @Min(1)
  projectionRefusedRetryMs = 5_000;
}
