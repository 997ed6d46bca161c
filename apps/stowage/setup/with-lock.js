'use strict';

const { spawn } = require('node:child_process');
const { closeSync, mkdirSync, openSync } = require('node:fs');
const path = require('node:path');
const { SetUpFailure } = require('./failure');

/**
 * Runs `work` while no other process does so with the same file. The lock is the kernel's and belongs to our open file:
 * flock(1) takes it for us and leaves, and it is free again when we close the file or die, however we die.
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
    throw new SetUpFailure(`${file} cannot be written (${error.code}): run this as the user who owns the folder.`);
  }
}

module.exports = { withLock };
