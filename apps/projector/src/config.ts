import { IsInt, IsUrl, Min } from 'class-validator';

/** The projector's own settings; see docs/configuration.md. */
export class ProjectorConfig {
  /** Database of the read model: `postgres://user:password@host:port/database`. */
  @IsUrl({ protocols: ['postgres', 'postgresql'], require_tld: false, require_protocol: true })
  databaseUrl = 'postgres://stowage@127.0.0.1:5432/stowage';

  /** Time within which Postgres must accept a connection and answer one statement. */
  @IsInt()
  @Min(100)
  projectionTimeoutMs = 30_000;

  /** Number of events in one Postgres transaction. A larger transaction of the journal is not split. */
  @IsInt()
  @Min(1)
  projectionBatchEventsMax = 2_000;

  /** Number of events that are read ahead while Postgres is busy. */
  @IsInt()
  @Min(1)
  projectionBufferEventsMax = 4_000;

  /** Delay before Postgres or the journal is tried again. It doubles with each further failure. */
  @IsInt()
  @Min(1)
  projectionRetryMs = 100;

  /** Upper bound of the doubled delay. */
  @IsInt()
  @Min(1)
  projectionRetryMaxMs = 5_000;

  /** Interval of the check whether the cause of an alarm is gone. */
  @IsInt()
  @Min(1)
  projectionRefusedRetryMs = 5_000;
}
