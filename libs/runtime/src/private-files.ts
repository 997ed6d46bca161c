import { mkdirSync, readFileSync, renameSync, writeFileSync, linkSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** Reads a file that may not be there. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a file that only its owner may read; it appears whole or not at all. */
export function writePrivate(path: string, content: string): void {
  const part = partOf(path, content);
  renameSync(part, path);
}

/** What the file holds: what was there before, or else what `make` gives, whoever was first. */
export function readOrMakePrivate(path: string, make: () => string): string {
  const there = readIfThere(path);
  if (there !== undefined) return there;
  const part = partOf(path, make());
  try {
    // Unlike a rename, a link does not replace what another process made meanwhile.
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
