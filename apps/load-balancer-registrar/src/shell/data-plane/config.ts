import { IsBoolean, IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import { resolve } from 'node:path';

/** How the registrar runs HAProxy; each member is read from `STOWAGE_` and its name in capitals. */
export class DataPlaneConfig {
  /** The program; without it this registrar answers the API and moves no traffic. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  haproxyProgram?: string;

  /** Where its configuration, its log and its master's socket are; whoever runs next on this folder takes it over. */
  @IsString()
  @MinLength(1)
  haproxyDir = resolve('.stowage', 'haproxy');

  /** What it carries in its environment, so that the supervisor of a local Stowage knows it for its own. */
  @IsOptional()
  @IsString()
  haproxyProcess?: string;

  /** Whether it is told to end, after its open requests, when the registrar ends in order. */
  @IsBoolean()
  haproxyEndsWithRegistrar = false;

  /** The folder with a file `<name>.pem` for each certificate ARN `.../<name>`: the chain and the key. */
  @IsString()
  @MinLength(1)
  certificatesDir = resolve('.stowage', 'certificates');

  /** How often servers are looked at: how late health and drained targets become known. */
  @IsInt()
  @Min(10)
  dataPlanePollMs = 250;

  /** How long HAProxy's master may take to answer. */
  @IsInt()
  @Min(10)
  dataPlaneAnswerMs = 2_000;

  /** How long HAProxy may take to start, or to take a new configuration. */
  @IsInt()
  @Min(100)
  dataPlaneStartMs = 10_000;

  /** A configuration that HAProxy refused, or a port that was taken, is tried again so late. */
  @IsInt()
  @Min(10)
  dataPlaneRetryMs = 5_000;

  /** How long a worker that a reload replaced may go on for the sake of its connections. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  oldWorkersEndAfterSeconds = 3_600;
}
