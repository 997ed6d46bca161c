import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of the lines in a snapshot; a change of `state-lines.ts` raises it. */
const LINES_VERSION = 2;

/**
 * Names the code that folds: a hash over the whole of libs/domain as it runs here. Whatever changes there, a snapshot of
 * the code before is not trusted and the journal is folded anew, which is slower and always right. A number to be
 * raised by hand would be forgotten once.
 */
export function foldVersion(directory: string): string {
  const hash = createHash('sha256').update(String(LINES_VERSION));
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name) && !/\.(spec|d)\.[jt]s$|(^|\/)testing\//.test(name))
    .sort();
  for (const file of files) hash.update(file).update(readFileSync(join(directory, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Of the code in this process: taken when it is loaded, for what is on the disk may be replaced under a process. */
export const RUNNING_FOLD = foldVersion(join(__dirname, '../../../domain/src'));
