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

/** For `@Transform`: a list as it stands in the environment. */
export const commaSeparated = ({ value }: { readonly value: unknown }): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part.length > 0)
    : value;

/**
 * What every process of the control plane is told. Each member is read from the environment variable `STOWAGE_` and its
 * name in capitals: `natsUrls` from `STOWAGE_NATS_URLS`. Apps have a config class of their own beside this one.
 */
export class RuntimeConfig {
  /** Comma-separated. */
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

  /** Copies that NATS keeps of the journal: 1, or 3 on a cluster of three. */
  @IsInt()
  @IsIn([1, 3, 5])
  journalReplicas = 1;

  @Matches(/^[a-z]{2}(-[a-z]+)+-\d+$/)
  region = 'us-east-1';

  @Matches(/^\d{12}$/)
  accountId = '123456789012';

  /** File with the key that seals secrets in the journal; without it they can't be written or read. */
  @IsOptional()
  @IsString()
  secretKeyFile?: string;

  /** Where this process keeps snapshots. */
  @IsString()
  @MinLength(1)
  dataDir = resolve('.stowage');

  @IsIn(LOG_LEVELS)
  logLevel: LogLevel = 'info';

  /** How long NATS may take to answer one write before its outcome is looked up. */
  @IsInt()
  @Min(10)
  commitAnswerMs = 2_000;

  /** How long a write is tried and looked up before its caller hears that its outcome is unknown. */
  @IsInt()
  @Min(10)
  commitTimeoutMs = 10_000;

  /** How long a fold may take to reach the position that a request needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /** How often a command is decided anew after conflicts. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  commandAttemptsMax = 20;

  /** How long the start may take to connect and to fold the journal to its end. */
  @IsInt()
  @Min(100)
  startTimeoutMs = 60_000;

  /** Pause between attempts to reach NATS again. */
  @IsInt()
  @Min(1)
  natsReconnectMs = 250;

  /** A snapshot of the fold is taken when so many events were folded since the last one. 0: never. */
  @IsInt()
  @Min(0)
  snapshotEvents = 10_000;

  /** How often it is looked whether a snapshot is due. */
  @IsInt()
  @Min(10)
  snapshotCheckMs = 10_000;
}

/** The environment names a setting wrongly; the message says which and how. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const PREFIX = 'STOWAGE_';

/**
 * An instance of `Config` from the variables of the environment that belong to its members; the others are somebody
 * else's and left alone. @throws ConfigurationError with a sentence for each wrong value.
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

/** By the default's own type: for a member without an annotation, swc leaves no type to convert by. */
function likeDefault(text: string, byDefault: unknown): unknown {
  if (typeof byDefault === 'number' && text.trim() !== '') return Number(text);
  if (typeof byDefault === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** `STOWAGE_NATS_URLS` -> `natsUrls`. */
function memberOf(variable: string): string {
  return variable
    .slice(PREFIX.length)
    .toLowerCase()
    .replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** `natsUrls` -> `STOWAGE_NATS_URLS`. */
function variableOf(member: string): string {
  return PREFIX + member.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
