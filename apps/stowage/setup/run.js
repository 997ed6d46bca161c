'use strict';

const { spawn } = require('node:child_process');
const { accessSync, constants } = require('node:fs');
const path = require('node:path');
const { SetUpFailure } = require('./failure');

/** Characters of a failed command's output in the error message. */
const OUTPUT_TAIL_MAX = 2_000;

/**
 * Runs a command to its end and collects its output. Standard input is inherited only for sudo's password prompt.
 * @returns {Promise<{ code: number, output: string }>} `output`: standard output and standard error in order of arrival
 */
function run(command, args, { cwd, env, input = 'ignore' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: [input, 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => (output += chunk);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Like `run`, but rejects with a SetUpFailure if the command fails. The message has the command and the end of its
 * output.
 */
async function mustRun(command, args, options) {
  const { code, output } = await run(command, args, options).catch((error) => ({ code: 1, output: error.message }));
  if (code === 0) return output;
  const end = output.trim().slice(-OUTPUT_TAIL_MAX);
  throw new SetUpFailure(`"${[command, ...args].join(' ')}" failed with code ${code}${end ? `:\n${end}` : '.'}`);
}

/**
 * Runs a command as root: directly, or through sudo, which does not pass environment variables on. `why` completes
 * "Root is needed to ...".
 */
function mustRunAsRoot(why, command, args) {
  if (process.getuid() === 0) return mustRun(command, args);
  if (!onPath('sudo')) {
    throw new SetUpFailure(`Root is needed to ${why}: run as root, or install sudo.`);
  }
  return mustRun('sudo', [command, ...args], { input: 'inherit' });
}

/** Returns the path of a command on the PATH or in one of the system folders, or undefined. */
function onPath(command) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders
    .filter(Boolean)
    .map((folder) => path.join(folder, command))
    .find((file) => isExecutable(file));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

module.exports = { run, mustRun, mustRunAsRoot, onPath, isExecutable };
