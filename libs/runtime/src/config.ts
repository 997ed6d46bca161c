import 'reflect-metadata';
import { type ClassConstructor, plainToInstance, Transform } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';
import { resolve } from 'node:path';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Transformation for `@Transform`: splits a list in an environment variable at its commas. */
export const commaSeparated = ({ value }: { readonly value: unknown }): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part.length > 0)
    : value;

/**
 * Settings of every process of the control plane. Each member is read from the environment variable `STOWAGE_` and its name
 * in capitals: `natsUrls` from `STOWAGE_NATS_URLS`. Apps have a configuration class of their own in addition.
 */
export class RuntimeConfig {
  /** Addresses of the NATS servers, separated by commas. */
  @Transform(commaSeparated)
  @IsArray()
  @IsString({ each: true })
  natsUrls: readonly string[] = ['nats://127.0.0.1:4222'];

  /** File with the JWT and the seed of this process's NATS user. */
  @IsOptional()
  @IsString()
  natsCredsFile?: string;

  /** File with the certificate authority of the NATS servers; with it TLS is required. */
  @IsOptional()
  @IsString()
  natsCaFile?: string;

  /** Number of replicas that NATS keeps of the journal: 1, or 3 on a cluster of three. */
  @IsInt()
  @IsIn([1, 3, 5])
  journalReplicas = 1;

  /** Region of this deployment in ARNs and credential scopes. */
  @Matches(/^[a-z]{2}(-[a-z]+)+-\d+$/)
  region = 'us-east-1';

  /** Account of this deployment in ARNs. */
  @Matches(/^\d{12}$/)
  accountId = '123456789012';

  /** File with the key that seals secrets in the journal. Without it, secrets can be neither written nor read. */
  @IsOptional()
  @IsString()
  secretKeyFile?: string;

  /** Folder in which this process keeps snapshots. */
  @IsString()
  @MinLength(1)
  dataDir = resolve('.stowage');

  /** Least severe level that is logged. */
  @IsIn(LOG_LEVELS)
  logLevel: LogLevel = 'info';

  /** Time within which NATS must answer one write. After that, the outcome of the write is looked up. */
  @IsInt()
  @Min(10)
  commitAnswerMs = 2_000;

  /** Time for which a write is retried and looked up before its caller gets an error that leaves the outcome open. */
  @IsInt()
  @Min(10)
  commitTimeoutMs = 10_000;

  /** Time within which a fold must reach the position that a request needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /** Number of attempts of a command, after which a conflict is an error. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  commandAttemptsMax = 20;

  /** Time within which a start must connect and fold the journal to its end. */
  @IsInt()
  @Min(100)
  startTimeoutMs = 60_000;

  /** Delay between attempts to reconnect to NATS. */
  @IsInt()
  @Min(1)
  natsReconnectMs = 250;

  /** Number of folded events after which the next snapshot is due. 0: no snapshots. */
  @IsInt()
  @Min(0)
  snapshotEvents = 10_000;

  /** Interval of the check whether a snapshot is due. */
  @IsInt()
  @Min(10)
  snapshotCheckMs = 10_000;
}

/** Thrown when an environment variable has a value that is not valid. The message names the variable and the reason. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const PREFIX = 'STOWAGE_';

/**
 * Returns an instance of `Config` from the environment variables of its members. Other variables are ignored.
 * @throws ConfigurationError with one sentence per wrong value
 */
export function readConfig<Config extends object>(
  Config: ClassConstructor<Config>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const defaults = new Map<string, unknown>(Object.entries(new Config()));
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || value === undefined || value === '') continue;
    const member = memberOf(name);
    plain[member] = likeDefault(value, defaults.get(member));
  }
  const config = plainToInstance(Config, plain, { exposeDefaultValues: true, enableImplicitConversion: true });
  const errors = validateSync(config, { whitelist: true });
  if (errors.length === 0) return config;
  const sentences = errors.map(
    ({ property, constraints }) => `${variableOf(property)}: ${Object.values(constraints ?? {}).join(', ')}`,
  );
  throw new ConfigurationError(`${sentences.join('. ')}.`);
}

/** Converts by the type of the default value, because swc emits no type for a member without an annotation. */
function likeDefault(text: string, byDefault: unknown): unknown {
  if (typeof byDefault === 'number' && text.trim() !== '') return Number(text);
  if (typeof byDefault === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** Converts `STOWAGE_NATS_URLS` to `natsUrls`. */
function memberOf(variable: string): string {
  return variable
    .slice(PREFIX.length)
    .toLowerCase()
    .replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Converts `natsUrls` to `STOWAGE_NATS_URLS`. */
function variableOf(member: string): string {
  return PREFIX + member.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
