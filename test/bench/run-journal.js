// Compiles the benchmark into its own folder inside the repository, runs it, and removes the folder.
const { execFileSync, spawnSync } = require('node:child_process');
const { rmSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '../..');
const directory = join(root, '.stowage', 'test-build', `bench-${process.pid}`);
const swc = join(root, 'node_modules', '.bin', 'swc');
execFileSync(swc, ['libs', 'test', '-d', directory, '--config-file', '.swcrc', '--quiet'], { cwd: root });
const script = join(directory, 'test/bench/journal.bench.js');
const env = {
  ...process.env,
  STOWAGE_NATS_SERVER: process.env.STOWAGE_NATS_SERVER ?? join(root, '.stowage/bin/nats-server'),
};
const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit', env });
rmSync(directory, { recursive: true, force: true });
process.exit(status ?? 1);
