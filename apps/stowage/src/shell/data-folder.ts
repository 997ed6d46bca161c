import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorText } from '@stowage/concurrency';
import { UserError } from '../user-error';

/** AWS configuration file with the same values as `env`. */
export const AWS_CONFIG = 'aws-config';

/** Paths in the data folder of a Stowage. One process works on it at a time (`data-lock.ts`). */
export class DataFolder {
  constructor(readonly path: string) {}

  readonly env = join(this.path, 'env');
  readonly nats = join(this.path, 'nats');
  readonly postgres = join(this.path, 'postgres');
  readonly controlPlane = join(this.path, 'control-plane');
  /** Environment of the services, for connections of the command line. */
  readonly controlPlaneSettings = join(this.path, 'secrets', 'control-plane.json');
  readonly haproxy = join(this.path, 'haproxy');
  /** Certificates that the user put there, one `<name>.pem` each. A reset keeps them. */
  readonly certificates = join(this.path, 'certificates');
  readonly agents = join(this.path, 'agents');
  /**
   * Secrets that the first start generates: passwords, keys, and the certificate authority of NATS. They are never
   * printed.
   */
  readonly secrets = join(this.path, 'secrets');
  /** Keys that authenticate services and agents to NATS. */
  readonly authority = join(this.secrets, 'authority');
  readonly logs = join(this.path, 'logs');

  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  agent(name: string): string {
    return join(this.agents, name);
  }
}

/**
 * All files that a start leaves in a data folder, which `reset` removes. The tools of the set-up may be in the same
 * folder.
 */
export const STATE_ENTRIES = [
  'env',
  AWS_CONFIG,
  'nats',
  'postgres',
  'control-plane',
  'haproxy',
  'agents',
  'secrets',
  'logs',
  'lock',
] as const;

/**
 * Creates the folder. @throws UserError if it cannot be created or written to, or if another user started Stowage on
 * it.
 */
export function openDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError(`${path} cannot be used as the data folder: ${errorText(error)}. Choose another --data.`);
  }
  refuseDataOfAnotherUser(path);
  return new DataFolder(path);
}

/** A start as root, for example, would leave files that the owner of the clone cannot read. */
function refuseDataOfAnotherUser(path: string): void {
  const owner = statSync(join(path, 'lock'), { throwIfNoEntry: false })?.uid;
  if (owner === undefined || owner === process.getuid?.()) return;
  throw new UserError(
    `Another user (uid ${String(owner)}) started Stowage on ${path}: start it as that user, or choose another --data.`,
  );
}

/** Returns the content of the file, and creates it with mode 600 if it does not exist. */
export function keptSecret(file: string, make: () => string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isMissing(error)) throw error;
    const secret = make();
    writeWhole(file, secret);
    return secret;
  }
}

/** Writes a temporary file and renames it, so that no reader and no restart finds a partial file. Mode 600. */
export function writeWhole(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const half = `${file}.new`;
  writeFileSync(half, content, { mode: 0o600 });
  chmodSync(half, 0o600);
  renameSync(half, file);
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
