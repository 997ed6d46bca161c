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
 * Takes one program out of a Debian package, without installing the package: nothing of the machine changes. apt checks
 * the download against its signed lists.
 * @param {{ name: string, program: string, to: string, source?: string[] }} what `program`: the name of its file;
 *   `source`: options of apt-get for other sources than the machine's own
 */
async function fetchPackage({ name, program, to, source }) {
  const folder = workFolder();
  try {
    if (!source && !(await aptCandidate(name))) await mustRunAsRoot('refresh the lists of apt', 'apt-get', ['update']);
    await mustRun('apt-get', [...(source ?? []), 'download', name], { cwd: folder });
    const deb = readdirSync(folder).find((file) => file.endsWith('.deb'));
    if (!deb) throw new SetUpFailure(`apt-get downloaded no package ${name}.`);
    await mustRun('dpkg-deb', ['-x', path.join(folder, deb), path.join(folder, 'unpacked')]);
    install(programIn(path.join(folder, 'unpacked'), program), to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Options of apt-get for Debian testing, from the mirror that the machine itself uses: a source, lists and a cache of
 * its own, which only the calls with these options see. Undefined where there is no mirror, or no Debian keyring.
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
    // The downloads go to folders of ours, which apt's own user may not enter.
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

/** Packages move their programs between these folders from one release to the next. */
function programIn(unpacked, program) {
  const folders = ['usr/bin', 'usr/sbin', 'bin', 'sbin'];
  const file = folders.map((folder) => path.join(unpacked, folder, program)).find((candidate) => existsSync(candidate));
  if (!file) throw new SetUpFailure(`The Debian package holds no program ${program}.`);
  return file;
}

/** In one step, so that a process that starts meanwhile sees a whole file or none. */
function install(from, to) {
  mkdirSync(path.dirname(to), { recursive: true });
  const half = `${to}.${process.pid}`;
  copyFileSync(from, half);
  chmodSync(half, 0o755);
  renameSync(half, to);
}

module.exports = { fetchPackage, testingSource, workFolder };
