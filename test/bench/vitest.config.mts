import { defineConfig } from 'vitest/config';

/** Benchmarks, which are started by hand on a machine without other load. */
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
