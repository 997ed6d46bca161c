import { defineConfig } from 'vitest/config';

/** No I/O, so the files may share threads. */
const unit = ['libs/{domain,concurrency}/**/*.spec.ts', 'apps/*/src/core/**/*.spec.ts'];
/** The control plane on virtual time: seeds of whole clusters, each a process of its own. */
const simulation = ['test/simulation/**/*.spec.ts'];

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    reporters: ['default', './test/support/reporter/counts.ts'],
    coverage: {
      provider: 'v8',
      include: ['{apps,libs}/*/src/**/*.ts'],
      exclude: ['**/*.spec.ts', '**/testing/**', '**/generated/**'],
      reporter: ['text-summary', 'html', 'lcovonly'],
    },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: unit, pool: 'threads', isolate: false, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          // Real NATS, Postgres, Docker, HAProxy and HTTP; one process a file.
          name: 'integration',
          include: ['{apps,libs}/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: [...unit, ...simulation, '**/node_modules/**', '**/dist/**'],
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // A busy machine delays a state for seconds, and `expect.poll` returns as soon as it is reached.
          expect: { poll: { timeout: 20_000 } },
          // One retry in CI: five hundred tests with real servers share two cores there. The report names each retried test.
          retry: process.env['CI'] ? 1 : 0,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'simulation',
          include: simulation,
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
