import { createHmac, randomBytes } from 'node:crypto';
import type { TaskId } from '@stowage/domain';
import type { LocalStore } from '../control-plane/local-store';

const DOCUMENT = 'metadata';
const KEY_BYTES = 32;
const TOKEN_DIGITS = 32;

interface Stored {
  readonly key: string;
  readonly port?: number;
}

/**
 * Tokens that identify containers to the metadata endpoint. A token is derived from a secret of this agent and the
 * identity of the container. It cannot be guessed, and it is the same after a restart without being stored.
 */
export class MetadataTokens {
  private constructor(
    private readonly store: LocalStore,
    private readonly stored: Stored,
  ) {}

  static async load(store: LocalStore): Promise<MetadataTokens> {
    const stored = (await store.read(DOCUMENT)) as Partial<Stored> | undefined;
    if (stored?.key) return new MetadataTokens(store, { ...stored, key: stored.key });
    const fresh = { key: randomBytes(KEY_BYTES).toString('hex') };
    await store.write(DOCUMENT, fresh);
    return new MetadataTokens(store, fresh);
  }

  /**
   * The agent listens on the same port after a restart, because containers keep the address that they were started
   * with.
   */
  get port(): number {
    return this.stored.port ?? 0;
  }

  async keepPort(port: number): Promise<void> {
    if (port !== this.stored.port) await this.store.write(DOCUMENT, { ...this.stored, port });
  }

  tokenOf(task: TaskId, container: string): string {
    return createHmac('sha256', this.stored.key).update(`${task}/${container}`).digest('hex').slice(0, TOKEN_DIGITS);
  }
}
