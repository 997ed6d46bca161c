'use strict';

const { aptInstall, hasApt, operatingSystem } = require('./debian');
const { SetUpFailure } = require('./failure');
const { isExecutable, onPath, run } = require('./run');

/** Servers that come and go at run time, with health checks, came with 2.6's runtime API. */
const LEAST = [2, 6];
/** Where Debian puts it, which a user's PATH may lack. */
const USUAL = '/usr/sbin/haproxy';

/** Finds an HAProxy that is new enough, or installs Debian's. */
async function haproxy(doing) {
  const found = await usable();
  if (found) return found;
  if (!hasApt()) throw new SetUpFailure(howToInstall());
  doing('installing haproxy');
  await aptInstall('install HAProxy', ['haproxy']);
  const installed = await usable();
  if (!installed) throw new SetUpFailure(`Debian's HAProxy is too old here. ${howToInstall()}`);
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
