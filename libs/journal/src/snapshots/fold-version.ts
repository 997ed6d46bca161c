import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

/** Of the lines in a snapshot; a change of `state-lines.ts` raises it. */
const LINES_VERSION = 3;

/**
 * Names code: a hash over a directory, and other files that what it does depends on. Whatever changes there, a snapshot of
 * the code before is not trusted and the journal is folded anew, which is slower and always right. A number to be
 * raised by hand would be forgotten once.
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
 * Of the code in this process that folds: all of libs/domain, and what makes old events into today's. Taken when it is
 * loaded, for what is on the disk may be replaced under a process.
 */
export const RUNNING_FOLD = foldVersion(
  join(__dirname, '../../../domain/src'),
  join(__dirname, `../upcasters${extname(__filename)}`),
);
