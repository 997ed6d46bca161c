import { defineConfig } from 'vitest/config';

/** Measurements: run by hand, on a machine that does nothing else. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/bench/**/*.bench.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
