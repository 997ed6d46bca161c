import { resolve } from 'node:path';
import { JoinConfig } from '@stowage/runtime';
import { IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';

/** The gateway's own settings; each is read from `STOWAGE_` and its name in capitals: `httpPort` from STOWAGE_HTTP_PORT. */
export class GatewayConfig extends JoinConfig {
  @IsString()
  @MinLength(1)
  httpHost = '127.0.0.1';

  /** 0: any free one. */
  @IsInt()
  @Min(0)
  @Max(65_535)
  httpPort = 5_100;

  /** Of the read model: `postgres://user:password@host:port/database`. */
  @IsString()
  @MinLength(1)
  databaseUrl = 'postgres://stowage@127.0.0.1:5432/stowage';

  /** File with the key that opens the secrets in the journal, the same for all gateways; made when it is not there. */
  @IsOptional()
  @IsString()
  secretKeyFile?: string;

  /** Where `secret.key` is when `secretKeyFile` does not say. */
  @IsString()
  @MinLength(1)
  dataDir = resolve('.stowage');

  /** Passed on to agents that join: the certificate authority of the NATS servers. */
  @IsOptional()
  @IsString()
  natsCaFile?: string;

  /** The first principal's access key: written to the journal when it is not there, or has another secret. */
  @IsOptional()
  @IsString()
  @MinLength(16)
  bootstrapAccessKeyId?: string;

  @IsOptional()
  @IsString()
  @MinLength(16)
  bootstrapSecretAccessKey?: string;

  /** File with the bootstrap key's secret, instead of the variable: the environment of a process is easily seen. */
  @IsOptional()
  @IsString()
  bootstrapSecretAccessKeyFile?: string;

  /** AWS takes no more; larger bodies are refused before they are read. */
  @IsInt()
  @Min(1_024)
  bodyBytesMax = 1_048_576;

  /** So many requests are answered at once; one more is told to slow down. */
  @IsInt()
  @Min(1)
  requestsInFlightMax = 1_000;

  /** Of these, so many may wait for logs: each may take as long as an agent may wait for news. */
  @IsInt()
  @Min(1)
  logsRequestsInFlightMax = 100;

  /** How long a client may take to send a request. */
  @IsInt()
  @Min(100)
  requestTimeoutMs = 30_000;

  /** How long a read waits until the read model holds what the journal held when the request came. */
  @IsInt()
  @Min(1)
  readTimeoutMs = 5_000;

  /** How long NATS must be away before reads no longer wait for it, and go on from Postgres with what was seen. */
  @IsInt()
  @Min(1)
  journalAbsentMs = 2_000;

  /** How long the owner of an operation may take. */
  @IsInt()
  @Min(1)
  commandTimeoutMs = 15_000;

  /** How long an agent may take to answer for logs, beside what it was asked to wait. */
  @IsInt()
  @Min(1)
  logsTimeoutMs = 5_000;

  /** How long after its use a client token of RunTask still answers with the same tasks. ECS: about a day. */
  @IsInt()
  @Min(1)
  clientTokenMs = 86_400_000;

  /** How long RunTask may wait for the read model to look its client token up. */
  @IsInt()
  @Min(1)
  clientTokenLookupMs = 1_000;

  /** How long a join token is good for when its request does not say. */
  @IsInt()
  @Min(1)
  joinTokenSeconds = 3_600;

  /** So many readers of the event stream are served at once; one more is told to try another gateway, or later. */
  @IsInt()
  @Min(1)
  eventReadersMax = 500;

  /** So many programs read events from NATS at once, of all gateways. */
  @IsInt()
  @Min(1)
  natsEventReadersMax = 100;

  /** One that asks for nothing so long is forgotten, and begins anew. */
  @IsInt()
  @Min(100)
  natsEventReaderIdleMs = 5 * 60_000;

  /** How long its credentials are good for when its request does not say. */
  @IsInt()
  @Min(1)
  natsEventReaderSeconds = 3_600;

  /** So many readers over HTTP at once may ask for ECS's event shapes: each of those has a fold of its own. */
  @IsInt()
  @Min(1)
  eventBridgeReadersMax = 4;

  /** How often a silent stream of events gets a sign of life. */
  @IsInt()
  @Min(10)
  eventKeepAliveMs = 15_000;

  /** A reader that has not taken what was written to it for so long is let go; it resumes where it was. */
  @IsInt()
  @Min(10)
  eventStallMs = 60_000;

  /** So many of the newest events are held for all readers together; older ones are read from the journal. */
  @IsInt()
  @Min(1)
  eventRingEvents = 4_096;

  /** So many readers at once are helped along from the journal, a piece at a time. */
  @IsInt()
  @Min(1)
  eventCatchUpsMax = 8;

  /** A look at the past (`x-stowage-as-of`) folds no more events than this, from the nearest snapshot. */
  @IsInt()
  @Min(1)
  asOfEventsMax = 1_000_000;

  /** How long that may take, waiting for others' looks included. */
  @IsInt()
  @Min(1)
  asOfTimeoutMs = 10_000;

  /** So many states of the past are kept for the next question; each is as large as the state is. */
  @IsInt()
  @Min(1)
  asOfStatesMax = 2;

  /** So many questions about the past are answered at once, each on a connection to Postgres of its own. */
  @IsInt()
  @Min(1)
  asOfReadsMax = 2;

  /** Connections to Postgres. */
  @IsInt()
  @Min(1)
  databasePoolSize = 10;
}
