import { IsBoolean, IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import { resolve } from 'node:path';

/** Settings of HAProxy and of the part that runs it; see docs/configuration.md. */
export class DataPlaneConfig {
  /** Path of the HAProxy program. Without it, this registrar serves the API and carries no traffic. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  haproxyProgram?: string;

  /**
   * Folder of HAProxy's configuration, log and master socket. The next registrar with the same folder takes over the
   * running HAProxy.
   */
  @IsString()
  @MinLength(1)
  haproxyDir = resolve('.stowage', 'haproxy');

  /** Mark in the environment of HAProxy, by which the supervisor of a local Stowage recognises its own processes. */
  @IsOptional()
  @IsString()
  haproxyProcess?: string;

  /** Ends HAProxy, after its open requests, when the registrar is stopped by a signal. */
  @IsBoolean()
  haproxyEndsWithRegistrar = false;

  /** Folder with a file `<name>.pem` (chain and key) for each certificate ARN `.../<name>`. */
  @IsString()
  @MinLength(1)
  certificatesDir = resolve('.stowage', 'certificates');

  /** Interval at which the state of the servers is read. It bounds the delay of health changes and of drains. */
  @IsInt()
  @Min(10)
  dataPlanePollMs = 250;

  /** Time within which HAProxy's master must answer. */
  @IsInt()
  @Min(10)
  dataPlaneAnswerMs = 2_000;

  /** Time within which HAProxy must start or accept a new configuration. */
  @IsInt()
  @Min(100)
  dataPlaneStartMs = 10_000;

  /** Delay before a rejected configuration or an occupied port is tried again. */
  @IsInt()
  @Min(10)
  dataPlaneRetryMs = 5_000;

  /** Time for which a worker that a reload has replaced may keep its connections. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  oldWorkersEndAfterSeconds = 3_600;
}
