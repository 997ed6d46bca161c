'use strict';

const { createHash } = require('node:crypto');
const {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const path = require('node:path');
const { ROOT, STATE } = require('./paths');
const { mustRun } = require('./run');
const { withLock } = require('./with-lock');

const DIST = path.join(ROOT, 'dist');
const STAMP = path.join(DIST, '.sources');
const SWC = 'node_modules/@swc/cli/bin/swc.js';

/** Compiles `apps` and `libs` into `dist` if a source has changed since the last build. */
async function build(doing) {
  const ready = { value: undefined, found: 'dist is up to date' };
  if (stampOf(ROOT) === currentStamp()) return ready;
  return withLock(path.join(STATE, 'set-up.lock'), async () => {
    const stamp = stampOf(ROOT);
    if (stamp === currentStamp()) return ready;
    doing('compiling');
    await compile(stamp);
    return ready;
  });
}

/** Compiles into a new folder and then renames it, so that no process reads a partial `dist`. */
async function compile(stamp) {
  const made = path.join(STATE, 'build', 'new');
  const old = path.join(STATE, 'build', 'old');
  for (const folder of [made, old]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  await mustRun(
    process.execPath,
    [SWC, 'apps', 'libs', '-d', made, '--config-file', '.swcrc', '--extensions', '.ts', '--quiet'],
    { cwd: ROOT },
  );
  writeFileSync(path.join(made, '.sources'), stamp);
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(made, DIST);
  rmSync(path.join(STATE, 'build'), { recursive: true, force: true });
}

function currentStamp() {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined;
  }
}

/** Returns a hash of the names, sizes and modification times of all input files of the build. */
function stampOf(root) {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(path.join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  };
  for (const file of ['.swcrc', 'package-lock.json']) add(file);
  for (const top of ['apps', 'libs']) {
    const files = readdirSync(path.join(root, top), { recursive: true }).map((name) => path.join(top, name));
    for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts')).sort()) add(file);
  }
  return hash.digest('hex');
}

module.exports = { build };

if (require.main === module) {
  build((what) => process.stderr.write(`${what} ...\n`)).then(
    ({ found }) => process.stderr.write(`${found}\n`),
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
