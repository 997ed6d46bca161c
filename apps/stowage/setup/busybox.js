'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');
const { fetchPackage } = require('./apt-fetch');
const { hasApt, operatingSystem } = require('./debian');
const { SetUpFailure } = require('./failure');
const { STATE } = require('./paths');

const FILE = path.join(STATE, 'bin', 'busybox');

/** Provides a statically linked busybox, from which the demonstration and the tests build images without a registry. */
async function busybox(doing) {
  if (!existsSync(FILE)) {
    if (!hasApt()) {
      throw new SetUpFailure(
        `On ${operatingSystem().name}, put a statically linked busybox at ${FILE}, then start again.`,
      );
    }
    doing('fetching busybox from Debian');
    await fetchPackage({ name: 'busybox-static', program: 'busybox', to: FILE });
  }
  return { value: FILE, found: 'there' };
}

module.exports = { busybox };
