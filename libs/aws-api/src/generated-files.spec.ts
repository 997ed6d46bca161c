import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'stowage-codegen-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('what is committed is what the models make', () => {
  execFileSync(process.execPath, [join(__dirname, '../codegen/generate.mjs'), directory]);
  const made = readdirSync(directory);
  expect(made.filter((file) => file !== 'shapes.ts').sort()).toEqual(readdirSync(join(__dirname, 'generated')).sort());
  for (const file of made) {
    const beside = file === 'shapes.ts' ? '../../domain/src/ecs' : 'generated';
    expect(readFileSync(join(__dirname, beside, file), 'utf8'), file).toBe(readFileSync(join(directory, file), 'utf8'));
  }
});
