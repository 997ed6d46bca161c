import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SUFFIX = '.json';
const TEMPORARY = '.new';

/**
 * Small documents that survive the agent and the power. Each is written beside its old self, synced and renamed over it,
 * so that a reader finds the old one or the new one, whole. Writes of one document never overlap: while one is under
 * way, only the newest of those that wait is written.
 */
export class LocalStore {
  private readonly writing = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, unknown>();

  constructor(private readonly directory: string) {}

  /** Undefined when there is none, or none that can be read as JSON. */
  async read(name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.path(name), 'utf8'));
    } catch (error) {
      if (error instanceof SyntaxError || isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The names of the documents in a folder of the store. */
  async list(folder: string): Promise<readonly string[]> {
    try {
      const files = await readdir(join(this.directory, folder));
      return files.filter((file) => file.endsWith(SUFFIX)).map((file) => join(folder, file.slice(0, -SUFFIX.length)));
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  /** Resolves when this document, or a newer one under the same name, is on disk. */
  write(name: string, document: unknown): Promise<void> {
    const current = this.writing.get(name);
    if (current) {
      this.waiting.set(name, document);
      return current;
    }
    const written = this.writeAll(name, document);
    this.writing.set(name, written);
    return written;
  }

  /** After what is being written; nothing of it is left. */
  async remove(name: string): Promise<void> {
    this.waiting.delete(name);
    await this.writing.get(name)?.catch(() => undefined);
    await rm(this.path(name), { force: true });
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.writing.values());
  }

  private async writeAll(name: string, first: unknown): Promise<void> {
    try {
      await this.writeOne(name, first);
      while (this.waiting.has(name)) {
        const next = this.waiting.get(name);
        this.waiting.delete(name);
        await this.writeOne(name, next);
      }
    } finally {
      // After a failure the waiting one must not outlive its writer, who hears of it.
      this.waiting.delete(name);
      this.writing.delete(name);
    }
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
