'use strict';

const { aptInstall, hasApt, operatingSystem } = require('./debian');
const { SetUpFailure } = require('./failure');
const { isExecutable, onPath, run } = require('./run');

/** First version whose runtime API adds and removes servers with health checks. */
const LEAST = [2, 6];
/** Debian's path of HAProxy. A user's PATH may lack the folder. */
const USUAL = '/usr/sbin/haproxy';

/** Finds an HAProxy of a supported version, or installs Debian's package. */
async function haproxy(doing) {
  const found = await usable();
  if (found) return found;
  if (!hasApt()) throw new SetUpFailure(howToInstall());
  doing('installing haproxy');
  await aptInstall('install HAProxy', ['haproxy']);
  const installed = await usable();
  if (!installed)
    throw new SetUpFailure(`Debian's HAProxy is older than ${LEAST.join('.')} on this machine. ${howToInstall()}`);
  return installed;
}

async function usable() {
  for (const file of [onPath('haproxy'), USUAL]) {
    const version = file && isExecutable(file) && (await versionOf(file));
    if (version && isNewEnough(version)) return { value: file, found: `HAProxy ${version}` };
  }
  return undefined;
}

function howToInstall() {
  return (
    `On ${operatingSystem().name}, install HAProxy ${LEAST.join('.')} or newer so that "haproxy" is on the PATH, ` +
    'then start again.'
  );
}

async function versionOf(file) {
  const { code, output } = await run(file, ['-v']).catch(() => ({ code: 1, output: '' }));
  return code === 0 ? /version (\d+\.\d+\.\d+)/.exec(output)?.[1] : undefined;
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

module.exports = { haproxy };
