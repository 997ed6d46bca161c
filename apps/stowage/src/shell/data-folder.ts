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
import { ClearFailure } from '../clear-failure';

/** Next to `env`: the same values as an AWS configuration file. */
export const AWS_CONFIG = 'aws-config';

/** Where a Stowage keeps what. One process works on it at a time (`data-lock.ts`). */
export class DataFolder {
  constructor(readonly path: string) {}

  readonly env = join(this.path, 'env');
  readonly nats = join(this.path, 'nats');
  readonly postgres = join(this.path, 'postgres');
  readonly controlPlane = join(this.path, 'control-plane');
  /** What the services were started with, for the command line's own connections. */
  readonly controlPlaneSettings = join(this.path, 'secrets', 'control-plane.json');
  readonly haproxy = join(this.path, 'haproxy');
  /** Put there by the user, one `<name>.pem` for each: they outlast a reset. */
  readonly certificates = join(this.path, 'certificates');
  readonly agents = join(this.path, 'agents');
  /** Made at the first start, never shown: passwords, keys, the authority of NATS. */
  readonly secrets = join(this.path, 'secrets');
  /** The keys with which this deployment lets services and agents speak on NATS. */
  readonly authority = join(this.secrets, 'authority');
  readonly logs = join(this.path, 'logs');

  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  agent(name: string): string {
    return join(this.agents, name);
  }
}

/** All that a start leaves behind in a data folder: what `reset` removes. The set-up's tools may lie beside it. */
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

/** @throws ClearFailure it cannot be made, not be written to, or another user started Stowage on it before. */
export function openDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ClearFailure(`${path} cannot be used for Stowage's data: ${errorText(error)}.`);
  }
  refuseDataOfAnotherUser(path);
  return new DataFolder(path);
}

/** A start as root, for example, would leave files that the user who owns the clone cannot read. */
function refuseDataOfAnotherUser(path: string): void {
  const owner = statSync(join(path, 'lock'), { throwIfNoEntry: false })?.uid;
  if (owner === undefined || owner === process.getuid?.()) return;
  throw new ClearFailure(
    `Another user (uid ${String(owner)}) started Stowage on ${path}: start it as that user, or choose another --data.`,
  );
}

/** What the file holds; made and stored, for its owner's eyes only, when it is not there. */
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

/** Aside first, then moved into place: no reader and no restart ever finds a half. Mode 600. */
export function writeWhole(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const half = `${file}.new`;
  writeFileSync(half, content, { mode: 0o600 });
  chmodSync(half, 0o600);
  renameSync(half, file);
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
