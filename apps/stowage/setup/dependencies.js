'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { ROOT, STATE } = require('./paths');
const { mustRun } = require('./run');
const { withLock } = require('./with-lock');

/** Runs `npm ci` if node_modules differs from package-lock.json. */
async function dependencies(doing) {
  const ready = { value: undefined, found: 'up to date with package-lock.json' };
  if (!isStale()) return ready;
  return withLock(path.join(STATE, 'set-up.lock'), async () => {
    if (!isStale()) return ready;
    doing('npm ci');
    // No dependency needs its install scripts, and some of them compile optional parts for half a minute.
    await mustRun('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: ROOT });
    return ready;
  });
}

/**
 * Compares package-lock.json with the list that npm writes on installation. Optional packages for other platforms may
 * be missing.
 */
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
