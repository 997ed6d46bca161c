// `npm run bench [-- <filter>]`: builds the apps, compiles the benchmark into its own folder, runs it and removes the
// folder.
const { execFileSync, spawnSync } = require('node:child_process');
const { rmSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '../..');
const directory = join(root, '.stowage', 'test-build', `bench-${process.pid}`);
execFileSync(process.execPath, [join(root, 'apps/stowage/setup/build.js')], { cwd: root, stdio: 'inherit' });
const swc = join(root, 'node_modules', '.bin', 'swc');
execFileSync(swc, ['libs', 'apps', 'test', '-d', directory, '--config-file', '.swcrc', '--quiet'], { cwd: root });
const env = {
  ...process.env,
  BENCH_ROOT: root,
  STOWAGE_NATS_SERVER: process.env.STOWAGE_NATS_SERVER ?? join(root, '.stowage/bin/nats-server'),
};
const script = join(directory, 'test/bench/bench.js');
const { status } = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit', env });
rmSync(directory, { recursive: true, force: true });
process.exit(status ?? 1);
