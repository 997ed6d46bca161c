import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haproxyPlaces, HaproxyProcess, NO_OUTPUT } from './haproxy-process';
import { DataPlaneHarness, HAPROXY } from '../../../../../test/support/data-plane';
import { until } from '../../../../../test/support/waits';

const RETRY_MS = 1_000;
const WATCHED_MS = 4_000;
/** Attempts in that time: after 50, 100, 200, 400, 800 ms, and once a second. */
const ATTEMPTS_MAX = 10;

let folder: string;
let harness: DataPlaneHarness;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-no-haproxy-'));
  const program = join(folder, 'haproxy');
  // Takes every configuration, and ends as soon as it runs, until `fixed` is there.
  const lines = [
    '#!/bin/sh',
    `if [ "$1" = -c ] || [ -e '${join(folder, 'fixed')}' ]; then exec ${HAPROXY} "$@"; fi`,
    `echo started >> '${join(folder, 'starts')}'`,
    'echo "cannot use the socket"',
    'exit 1',
  ];
  writeFileSync(program, lines.join('\n'));
  chmodSync(program, 0o755);
  harness = await DataPlaneHarness.start({ haproxyProgram: program, dataPlaneRetryMs: RETRY_MS });
});
afterAll(async () => {
  await harness.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('an HAProxy that ends as soon as it is started', () => {
  it('leaves the reason: its last output, or why it could not be started', async () => {
    const lastOutput = async (program: string): Promise<string> => {
      const haproxy = new HaproxyProcess(program, haproxyPlaces(join(folder, 'own')));
      haproxy.start();
      await until('it has ended', () => haproxy.lastOutput() !== NO_OUTPUT);
      return haproxy.lastOutput();
    };
    expect(await lastOutput(join(folder, 'haproxy'))).toBe('cannot use the socket');
    expect(await lastOutput(join(folder, 'missing'))).toContain('ENOENT');
  });

  it('is started with growing delays, and its load balancer is impaired until it runs', async () => {
    await harness.listen('never');
    const state = () => harness.runtime.fold.state.loadBalancers.get('never')?.state;
    await until('it is impaired', () => state()?.code === 'active_impaired');
    expect(state()?.reason).toContain('HAProxy does not run the current configuration');
    const starts = (): number => readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').length;
    const before = starts();
    // Real time: the test measures a rate, and a busy machine only lowers it.
    await delay(WATCHED_MS);
    expect(starts() - before).toBeLessThanOrEqual(ATTEMPTS_MAX);
    expect(harness.haproxy.pid).toBeUndefined();
    writeFileSync(join(folder, 'fixed'), '');
    await until('it is active', () => state()?.code === 'active');
    expect(state()?.reason).toBeUndefined();
  });
});
