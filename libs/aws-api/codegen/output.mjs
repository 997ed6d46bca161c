// Where generated files go: beside the code, or into the directory that the command line names.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [, , directory] = process.argv;

/** `file` is relative to this folder. */
export function write(file, lines) {
  const beside = fileURLToPath(new URL(file, import.meta.url));
  const target = directory === undefined ? beside : join(resolve(directory), basename(file));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${lines.join('\n').trimEnd()}\n`);
}
