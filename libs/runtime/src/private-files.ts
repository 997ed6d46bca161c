import { mkdirSync, readFileSync, renameSync, writeFileSync, linkSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** Returns the content of a file, or undefined if the file does not exist. */
export function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a file atomically, readable only by its owner. */
export function writePrivate(path: string, content: string): void {
  const part = partOf(path, content);
  renameSync(part, path);
}

/**
 * Returns the content of the file. If it does not exist, creates it with the result of `make`; the first of several
 * processes determines the content.
 */
export function readOrCreatePrivate(path: string, make: () => string): string {
  const there = readIfExists(path);
  if (there !== undefined) return there;
  const part = partOf(path, make());
  try {
    // Unlike a rename, a link does not replace a file that another process created meanwhile.
    linkSync(part, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(part);
  }
  return readFileSync(path, 'utf8');
}

function partOf(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${String(process.pid)}.part`;
  writeFileSync(part, content, { mode: 0o600, flush: true });
  return part;
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
