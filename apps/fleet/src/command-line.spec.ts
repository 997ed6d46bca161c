import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line';
import { FLEET_DEFAULTS } from './core/fleet-options';

describe('npm run fleet', () => {
  it('has a default for every option', () => {
    expect(readCommandLine([], '/data')).toEqual({ options: FLEET_DEFAULTS, data: '/data', everyMs: 1_000 });
  });

  it('reads the options', () => {
    const text =
      '--instances 1000 --cluster sea --seed 7 --start-ms 5..9 --run-ms 100 --fail-rate 0.1 --disconnect-rate 2.5 --data /d';
    expect(readCommandLine(text.split(' '), '/data')).toEqual({
      options: {
        ...FLEET_DEFAULTS,
        instances: 1_000,
        cluster: 'sea',
        seed: 7,
        startMs: { from: 5, to: 9 },
        runMs: { from: 100, to: 100 },
        failRate: 0.1,
        disconnectRate: 2.5,
      },
      data: '/d',
      everyMs: 1_000,
    });
  });
});
