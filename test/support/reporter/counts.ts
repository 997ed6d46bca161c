import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Result of a run. A failure outside of a test (a file that does not load, a hook, an unhandled rejection) counts as
 * failed.
 */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Ends a run with the line `N passed, N failed`. Under `npm test` it writes the counts to a file instead, because lint,
 * types and layering belong to the same sum.
 */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly SerializedError[]): void {
    const counts = countsOf(modules, strayErrors.length);
    const file = process.env['STOWAGE_TEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(counts));
    else process.stdout.write(`\n${String(counts.passed)} passed, ${String(counts.failed)} failed\n`);
  }
}

function countsOf(modules: readonly TestModule[], strayErrors: number): Counts {
  const states = modules.flatMap(({ children }) => [...children.allTests()].map((test) => test.result().state));
  const broken = modules.flatMap((module) => [
    ...module.errors(),
    ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
  ]);
  const count = (state: string): number => states.filter((other) => other === state).length;
  return {
    passed: count('passed'),
    // A test that did not end counts as failed.
    failed: count('failed') + count('pending') + broken.length + strayErrors,
    skipped: count('skipped'),
  };
}
