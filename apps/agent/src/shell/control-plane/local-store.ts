import { SingleFlight } from '@stowage/concurrency';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SUFFIX = '.json';
const TEMPORARY = '.new';

/** The writes of one document that have not settled. */
interface Writes {
  readonly flight: SingleFlight<void>;
  readonly pending: Set<Promise<void>>;
}

/** Marks a document that is to be removed. */
const REMOVED = Symbol('removed');

/**
 * Stores small documents on disk, so that they survive a crash of the agent and a loss of power. A document is written
 * to a temporary file, synced and renamed, so that a reader always finds a complete version. Writes of one document
 * never overlap. If several writes wait for the current one, only the newest is carried out.
 */
export class LocalStore {
  private readonly newest = new Map<string, unknown>();
  private readonly writes = new Map<string, Writes>();

  constructor(private readonly directory: string) {}

  /** Resolves with undefined if the document does not exist or is not valid JSON. */
  async read(name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.path(name), 'utf8'));
    } catch (error) {
      if (error instanceof SyntaxError || isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Lists the names of the documents in a folder of the store. */
  async list(folder: string): Promise<readonly string[]> {
    try {
      const files = await readdir(join(this.directory, folder));
      return files.filter((file) => file.endsWith(SUFFIX)).map((file) => join(folder, file.slice(0, -SUFFIX.length)));
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  /**
   * Resolves when this document, or a newer one under the same name, is on disk. Later writes delay it by at most one
   * write.
   */
  write(name: string, document: unknown): Promise<void> {
    this.newest.set(name, document);
    const writes = this.writes.get(name) ?? {
      flight: new SingleFlight(() => this.writeNewest(name)),
      pending: new Set(),
    };
    this.writes.set(name, writes);
    const written = writes.flight.run();
    writes.pending.add(written);
    const settle = (): void => {
      writes.pending.delete(written);
      if (writes.pending.size === 0) this.writes.delete(name);
    };
    written.then(settle, settle);
    return written;
  }

  /** Removes the document after the current write, so that no file is left. */
  remove(name: string): Promise<void> {
    return this.write(name, REMOVED);
  }

  /** Resolves when no write is pending. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.writes.values()].flatMap(({ pending }) => [...pending]));
  }

  private writeNewest(name: string): Promise<void> {
    const document = this.newest.get(name);
    this.newest.delete(name);
    return document === REMOVED ? rm(this.path(name), { force: true }) : this.writeOne(name, document);
  }

  private async writeOne(name: string, document: unknown): Promise<void> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path + TEMPORARY, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(document));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(path + TEMPORARY, path);
  }

  private path(name: string): string {
    return join(this.directory, name + SUFFIX);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
