'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { ROOT, STATE } = require('./paths');
const { mustRun } = require('./run');
const { withLock } = require('./with-lock');

/** Makes node_modules what package-lock.json says, if it is not. */
async function dependencies(doing) {
  const ready = { value: undefined, found: 'as package-lock.json says' };
  if (!isStale()) return ready;
  return withLock(path.join(STATE, 'set-up.lock'), async () => {
    if (!isStale()) return ready;
    doing('npm ci');
    // No package needs its install scripts here, and some would compile for half a minute what nobody calls.
    await mustRun('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: ROOT });
    return ready;
  });
}

/** npm writes down what it installed; optional packages may be missing there, as they are for other platforms. */
function isStale(root = ROOT) {
  const wanted = packagesIn(path.join(root, 'package-lock.json'));
  const installed = packagesIn(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !installed) return true;
  return Object.entries(wanted).some(([where, { version, optional, link }]) => {
    if (where === '' || link || (optional && !installed[where])) return false;
    return installed[where]?.version !== version;
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

module.exports = { dependencies, isStale };
