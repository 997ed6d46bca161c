'use strict';

const { spawn } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { EVERYTHING, fail, setUp } = require('./index');
const { ROOT } = require('./paths');
const { run } = require('./run');

/** Scripts of package.json that run besides the tests. Each counts as one in the summary. */
const CHECKS = ['typecheck', 'layering', 'lint', 'format:check'];

/**
 * `npm test`: runs the set-up, the checks and all tests, and prints the counts as the last line. With arguments, it
 * runs only the tests that they select, without the checks.
 */
async function main(chosen) {
  await setUp([...EVERYTHING, 'busybox']);
  const checks = chosen.length === 0 ? await runChecks() : { passed: 0, failed: 0 };
  const tests = await runTests(chosen);
  const passed = checks.passed + tests.passed;
  const failed = checks.failed + tests.failed;
  process.stdout.write(`\n${passed} passed, ${failed} failed${tests.skipped ? `, ${tests.skipped} skipped` : ''}\n`);
  return failed === 0 && passed > 0;
}

async function runChecks() {
  const outcomes = await Promise.all(CHECKS.map(runCheck));
  const passed = outcomes.filter(Boolean).length;
  return { passed, failed: outcomes.length - passed };
}

async function runCheck(script) {
  const { code, output } = await run('npm', ['run', '--silent', script], { cwd: ROOT });
  process.stdout.write(code === 0 ? `${script}: ok\n` : `${script}: failed\n${output}\n`);
  return code === 0;
}

async function runTests(chosen) {
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-test-'));
  const file = path.join(folder, 'counts.json');
  try {
    const code = await vitest(chosen, { ...process.env, STOWAGE_TEST_COUNTS: file });
    const counts = JSON.parse(readFileSync(file, 'utf8'));
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch (error) {
    process.stdout.write(`The test run failed without a result: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitest(chosen, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...chosen], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

main(process.argv.slice(2)).then(
  (passed) => (process.exitCode = passed ? 0 : 1),
  (error) => {
    fail(error);
    process.stdout.write('\n0 passed, 1 failed\n');
  },
);
