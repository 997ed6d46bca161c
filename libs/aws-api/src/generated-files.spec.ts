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
  const ofDomain = new Map([
    ['shapes.ts', '../../domain/src/ecs'],
    ['elbv2-shapes.ts', '../../domain/src/elbv2'],
  ]);
  expect(made.filter((file) => !ofDomain.has(file)).sort()).toEqual(readdirSync(join(__dirname, 'generated')).sort());
  for (const file of made) {
    const beside = ofDomain.get(file) ?? 'generated';
    expect(readFileSync(join(__dirname, beside, file), 'utf8'), file).toBe(readFileSync(join(directory, file), 'utf8'));
  }
});
