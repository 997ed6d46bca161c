import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const ROOT = join(__dirname, '..');
/** Each library generates its own files (`npm run codegen` runs both). */
const GENERATORS = ['libs/domain/codegen/generate.mjs', 'libs/aws-api/codegen/generate.mjs'];
/** Folders in which every file is generated. */
const GENERATED = ['libs/aws-api/src/generated', 'libs/domain/src/ecs', 'libs/domain/src/elbv2'];

const directory = mkdtempSync(join(tmpdir(), 'stowage-codegen-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('the committed generated files are what the API models produce', () => {
  for (const generator of GENERATORS) execFileSync(process.execPath, [join(ROOT, generator), directory]);
  const produced = filesIn(directory, '');
  expect(produced).toEqual(GENERATED.flatMap((folder) => filesIn(ROOT, folder)).sort());
  for (const file of produced) expect(textOf(ROOT, file), file).toBe(textOf(directory, file));
});

const textOf = (root: string, file: string): string => readFileSync(join(root, file), 'utf8');

function filesIn(root: string, folder: string): readonly string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .map((name) => join(folder, name))
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();
}
