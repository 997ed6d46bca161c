import { defineConfig } from 'vitest/config';

// `pure`: no I/O, so the files may share threads. `io`: real NATS, Postgres, Docker or HTTP, one process a file.
const pure = ['libs/domain/**/*.spec.ts', 'apps/*/src/core/**/*.spec.ts'];

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    reporters: ['default', './test/support/reporter/counts.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: pure, pool: 'threads', isolate: false, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'io',
          include: ['{apps,libs}/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: [...pure, '**/node_modules/**', '**/dist/**'],
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // In CI a machine that stood still for a moment must not refuse a change: once more, and the report says so.
          retry: process.env['CI'] ? 1 : 0,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
