import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

/** Version of the lines in a snapshot. A change of `state-lines.ts` must raise it. */
const LINES_VERSION = 3;

/**
 * Identifies code by a hash over a folder and further files on which its behaviour depends. After any change there,
 * older snapshots are ignored and the journal is folded from scratch, which is slower and always correct. A number to
 * be raised by hand would be forgotten.
 */
export function foldVersion(directory: string, ...others: readonly string[]): string {
  const hash = createHash('sha256').update(String(LINES_VERSION));
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name) && !/\.(spec|d)\.[jt]s$|(^|\/)testing\//.test(name))
    .sort();
  for (const file of files) hash.update(file).update(readFileSync(join(directory, file)));
  for (const path of others) hash.update(basename(path)).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Identifies the code of this process that folds: all of libs/domain, and the upcasters of old events. It is computed
 * when the code is loaded, because the files may be replaced under a running process.
 */
export const RUNNING_FOLD = foldVersion(
  join(__dirname, '../../../domain/src'),
  join(__dirname, `../upcasters${extname(__filename)}`),
);
