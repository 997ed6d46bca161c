import { resolve } from 'node:path';
import { JoinConfig } from '@stowage/runtime';
import { IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';

/** The gateway's own settings; each is read from `STOWAGE_` and its name in capitals: `httpPort` from STOWAGE_HTTP_PORT. */
export class GatewayConfig extends JoinConfig {
  /** Address on which the API listens. */
  @IsString()
  @MinLength(1)
  httpHost = '127.0.0.1';

  /** Port on which the API listens. 0: any free port. */
  @IsInt()
  @Min(0)
  @Max(65_535)
  httpPort = 5_100;

  /** Database of the read model: `postgres://user:password@host:port/database`. */
  @IsString()
  @MinLength(1)
  databaseUrl = 'postgres://stowage@127.0.0.1:5432/stowage';

  /**
   * File with the key that opens the secrets in the journal. All gateways need the same one. It is created if it does
   * not exist.
   */
  @IsOptional()
  @IsString()
  secretKeyFile?: string;

  /** Folder of `secret.key` if `secretKeyFile` is not set. */
  @IsString()
  @MinLength(1)
  dataDir = resolve('.stowage');

  /** File with the certificate authority of the NATS servers. Agents that join receive it. */
  @IsOptional()
  @IsString()
  natsCaFile?: string;

  /**
   * Access key id of the first principal. The gateway writes the key to the journal if it is missing or has another
   * secret.
   */
  @IsOptional()
  @IsString()
  @MinLength(16)
  bootstrapAccessKeyId?: string;

  /** Secret of the bootstrap access key. */
  @IsOptional()
  @IsString()
  @MinLength(16)
  bootstrapSecretAccessKey?: string;

  /**
   * File with the secret of the bootstrap access key. It replaces the variable, because other users can read the
   * environment of a process.
   */
  @IsOptional()
  @IsString()
  bootstrapSecretAccessKeyFile?: string;

  /** Largest request body. AWS has the same limit. Larger bodies are rejected before they are read. */
  @IsInt()
  @Min(1_024)
  bodyBytesMax = 1_048_576;

  /** Number of requests that are processed at the same time. Further requests get a throttling error. */
  @IsInt()
  @Min(1)
  requestsInFlightMax = 1_000;

  /**
   * Number of these requests that may wait for log lines. Each of them may wait as long as its agent waits for new
   * lines.
   */
  @IsInt()
  @Min(1)
  logsRequestsInFlightMax = 100;

  /** Time within which a client must send a whole request. */
  @IsInt()
  @Min(100)
  requestTimeoutMs = 30_000;

  /** Time for which a read waits until the read model holds what the journal held when the request arrived. */
  @IsInt()
  @Min(1)
  readTimeoutMs = 5_000;

  /** Time without a connection to NATS after which reads no longer wait for the journal and answer from Postgres. */
  @IsInt()
  @Min(1)
  journalAbsentMs = 2_000;

  /** Time within which the owner of an operation must answer. */
  @IsInt()
  @Min(1)
  commandTimeoutMs = 15_000;

  /**
   * Time within which an agent must answer a request for log lines, in addition to the time that the request itself
   * may wait.
   */
  @IsInt()
  @Min(1)
  logsTimeoutMs = 5_000;

  /** Time after its use for which a client token of RunTask returns the same tasks. ECS keeps tokens for about a day. */
  @IsInt()
  @Min(1)
  clientTokenMs = 86_400_000;

  /** Time for which RunTask waits for the read model to look up a client token. */
  @IsInt()
  @Min(1)
  clientTokenLookupMs = 1_000;

  /** Default lifetime of a join token. */
  @IsInt()
  @Min(1)
  joinTokenSeconds = 3_600;

  /**
   * Number of readers of the event stream that one gateway serves. Further readers must try another gateway or retry
   * later.
   */
  @IsInt()
  @Min(1)
  eventReadersMax = 500;

  /** Number of programs that may read events from NATS, over all gateways. */
  @IsInt()
  @Min(1)
  natsEventReadersMax = 100;

  /** Time without a request after which a reader on NATS is dropped and must start over. */
  @IsInt()
  @Min(100)
  natsEventReaderIdleMs = 5 * 60_000;

  /** Default lifetime of the credentials of a reader on NATS. */
  @IsInt()
  @Min(1)
  natsEventReaderSeconds = 3_600;

  /**
   * Number of readers over HTTP that may request ECS's event shapes at the same time. Each of them has a fold of its
   * own.
   */
  @IsInt()
  @Min(1)
  eventBridgeReadersMax = 4;

  /** Interval of keep-alive comments on an event stream without events. */
  @IsInt()
  @Min(10)
  eventKeepAliveMs = 15_000;

  /** Time after which a reader that does not accept data is disconnected. It can resume at its last position. */
  @IsInt()
  @Min(10)
  eventStallMs = 60_000;

  /** Number of newest events that are kept in memory for all readers. Older events are read from the journal. */
  @IsInt()
  @Min(1)
  eventRingEvents = 4_096;

  /** Number of readers that are served from the journal at the same time. */
  @IsInt()
  @Min(1)
  eventCatchUpsMax = 8;

  /** Number of events after the nearest snapshot that one read of the past (`x-stowage-as-of`) may fold. */
  @IsInt()
  @Min(1)
  asOfEventsMax = 1_000_000;

  /** Time within which a read of the past must finish, including the time that it waits for other reads. */
  @IsInt()
  @Min(1)
  asOfTimeoutMs = 10_000;

  /** Number of past states that are kept in memory for later reads. Each is as large as the current state. */
  @IsInt()
  @Min(1)
  asOfStatesMax = 2;

  /** Number of reads of the past that are processed at the same time. Each needs a connection to Postgres of its own. */
  @IsInt()
  @Min(1)
  asOfReadsMax = 2;

  /** Number of connections to Postgres. */
  @IsInt()
  @Min(1)
  databasePoolSize = 10;
}
