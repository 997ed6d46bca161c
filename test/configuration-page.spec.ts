import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// The generator is plain JavaScript, because it runs without a build.
import { configurationPage, PAGE } from '../docs/generate/configuration.mjs';

describe('docs/configuration.md', () => {
  const page = readFileSync(PAGE, 'utf8');

  it('shows the configuration classes as they are; `npm run docs` writes it', async () => {
    expect(page).toBe(await configurationPage());
  }, 60_000);

  it('has a meaning for every setting', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `STOWAGE_'));
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter((row) => /\|\s*\|\s*$/.test(row))).toEqual([]);
  });
});
