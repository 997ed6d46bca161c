'use strict';

const {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const path = require('node:path');
const { aptCandidate, debianMirror } = require('./debian');
const { SetUpFailure } = require('./failure');
const { STATE } = require('./paths');
const { mustRun, mustRunAsRoot } = require('./run');

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Takes one program out of a Debian package without installing the package, so that the system stays unchanged. apt
 * verifies the download against its signed lists.
 * @param {{ name: string, program: string, to: string, source?: string[] }} what `program`: the name of its file;
 * `source`: options of apt-get for other sources than the machine's own
 */
async function fetchPackage({ name, program, to, source }) {
  const folder = workFolder();
  try {
    if (!source && !(await aptCandidate(name))) await mustRunAsRoot('refresh the lists of apt', 'apt-get', ['update']);
    await mustRun('apt-get', [...(source ?? []), 'download', name], { cwd: folder });
    const deb = readdirSync(folder).find((file) => file.endsWith('.deb'));
    if (!deb) throw new SetUpFailure(`apt-get download did not write a package file for ${name}.`);
    await mustRun('dpkg-deb', ['-x', path.join(folder, deb), path.join(folder, 'unpacked')]);
    install(programIn(path.join(folder, 'unpacked'), program), to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Returns options of apt-get for Debian testing, on the mirror that this machine uses. The source, lists and cache are
 * separate, so that only calls with these options use them. Returns undefined without a mirror or the Debian keyring.
 */
async function testingSource(folder) {
  const mirror = await debianMirror();
  if (!mirror || !existsSync(KEYRING)) return undefined;
  for (const part of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(path.join(folder, part), { recursive: true });
  const list = path.join(folder, 'sources.list');
  writeFileSync(list, `deb [signed-by=${KEYRING}] ${mirror} testing main\n`);
  const options = Object.entries({
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '-',
    'Dir::Etc::preferencesparts': '-',
    'Dir::State::lists': path.join(folder, 'lists'),
    'Dir::Cache': path.join(folder, 'cache'),
    'Acquire::Languages': 'none',
    // The user `_apt` cannot write to the folders of this clone.
    'APT::Sandbox::User': 'root',
  }).flatMap(([option, value]) => ['-o', `${option}=${value}`]);
  await mustRun('apt-get', [...options, 'update']);
  return options;
}

function workFolder() {
  const parent = path.join(STATE, 'apt');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(path.join(parent, 'fetch-'));
}

/** Debian releases differ in the folder of a program. */
function programIn(unpacked, program) {
  const folders = ['usr/bin', 'usr/sbin', 'bin', 'sbin'];
  const file = folders.map((folder) => path.join(unpacked, folder, program)).find((candidate) => existsSync(candidate));
  if (!file) throw new SetUpFailure(`The Debian package does not contain the program ${program}.`);
  return file;
}

/** Replaces the file atomically, so that a process that starts meanwhile never runs a partial file. */
function install(from, to) {
  mkdirSync(path.dirname(to), { recursive: true });
  const temporary = `${to}.${process.pid}`;
  copyFileSync(from, temporary);
  chmodSync(temporary, 0o755);
  renameSync(temporary, to);
}

module.exports = { fetchPackage, testingSource, workFolder };
