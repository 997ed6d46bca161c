'use strict';

const { rmSync } = require('node:fs');
const path = require('node:path');
const { fetchPackage, testingSource, workFolder } = require('./apt-fetch');
const { aptCandidate, hasApt, operatingSystem } = require('./debian');
const { SetUpFailure } = require('./failure');
const { STATE } = require('./paths');
const { isExecutable, onPath, run } = require('./run');

/** First version with atomic batch publishing, which the journal needs. */
const LEAST = [2, 12];
const FETCHED = path.join(STATE, 'bin', 'nats-server');

/** Finds a nats-server of a supported version, or fetches one from Debian into `.stowage/bin`. */
async function natsServer(doing) {
  for (const file of [onPath('nats-server'), FETCHED]) {
    const version = file && (await versionOf(file));
    if (version && isNewEnough(version)) return { value: file, found: `nats-server ${version}` };
  }
  if (!hasApt()) throw new SetUpFailure(howToInstall());
  doing('fetching nats-server from Debian');
  await fetchFromDebian();
  const version = await versionOf(FETCHED);
  if (!version || !isNewEnough(version)) {
    throw new SetUpFailure(`Debian's nats-server is ${version ?? 'not runnable here'}. ${howToInstall()}`);
  }
  return { value: FETCHED, found: `nats-server ${version}` };
}

function howToInstall() {
  const { name } = operatingSystem();
  return (
    `On ${name}, install nats-server ${LEAST.join('.')} or newer (JetStream with atomic batches) ` +
    `so that "nats-server" is on the PATH, then start again.`
  );
}

async function versionOf(file) {
  if (!isExecutable(file)) return undefined;
  const { code, output } = await run(file, ['--version']).catch(() => ({ code: 1, output: '' }));
  return code === 0 ? /v?(\d+\.\d+\.\d+)/.exec(output)?.[1] : undefined;
}

/** @param {string} version such as `2.15.1`, with or without a Debian revision */
function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

/** Fetches from the machine's own sources if their version is supported, otherwise from Debian testing. */
async function fetchFromDebian() {
  const candidate = await aptCandidate('nats-server');
  const what = { name: 'nats-server', program: 'nats-server', to: FETCHED };
  if (candidate && isNewEnough(candidate)) return fetchPackage(what);
  const folder = workFolder();
  try {
    const source = await testingSource(folder);
    if (!source) throw new SetUpFailure(howToInstall());
    return await fetchPackage({ ...what, source });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { isNewEnough, natsServer };
