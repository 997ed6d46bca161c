// npm run simulate [-- --seeds 10000 --from 1]: runs many seeds of the simulation. One seed: STOWAGE_SEED=123 npm run
// simulate.
const { spawnSync } = require('node:child_process');
const { dirname, join } = require('node:path');
const { parseArgs } = require('node:util');

const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' } } });
const env = { ...process.env, STOWAGE_SEEDS: values.seeds ?? process.env.STOWAGE_SEEDS ?? '1000' };
if (values.from !== undefined) env.STOWAGE_FIRST_SEED = values.from;
const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/simulation/'], { stdio: 'inherit', env });
process.exitCode = status ?? 1;
