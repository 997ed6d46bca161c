'use strict';

const { spawn } = require('node:child_process');
const { closeSync, mkdirSync, openSync } = require('node:fs');
const path = require('node:path');
const { SetUpFailure } = require('./failure');

/**
 * Runs `work` under an exclusive lock on the file. flock(1) locks our open file description and exits. The kernel
 * releases the lock when we close the file or exit for any reason.
 */
async function withLock(file, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  const fd = open(file);
  try {
    await new Promise((resolve, reject) => {
      const child = spawn('flock', ['--exclusive', '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`flock on ${file} failed`))));
    });
    return await work();
  } finally {
    closeSync(fd);
  }
}

function open(file) {
  try {
    return openSync(file, 'a');
  } catch (error) {
    throw new SetUpFailure(`${file} cannot be written (${error.code}): run this as the owner of the folder.`);
  }
}

module.exports = { withLock };
