import { defineConfig } from 'vitest/config';

/** `npm run replay:record`: records the journal of a real run. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: { include: ['test/replay/**/*.record.ts'], pool: 'forks', testTimeout: 240_000, hookTimeout: 120_000 },
});
