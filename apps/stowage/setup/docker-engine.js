'use strict';

const { spawn } = require('node:child_process');
const { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { aptCandidate, aptInstall, hasApt, operatingSystem } = require('./debian');
const { SetUpFailure } = require('./failure');
const { STATE } = require('./paths');
const { mustRunAsRoot, onPath, run } = require('./run');

const SOCKET = '/var/run/docker.sock';
const LOG = path.join(STATE, 'logs', 'dockerd.log');
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 100;
const PING_TIMEOUT_MS = 5_000;

/** Installs Docker Engine if it is missing, starts it if it does not run, and waits until it responds. */
async function dockerEngine(doing) {
  const remote = process.env.DOCKER_HOST;
  if (remote && !remote.startsWith('unix://')) {
    throw new SetUpFailure(
      `DOCKER_HOST is ${remote}, but Stowage needs the Docker Engine of this machine: unset DOCKER_HOST.`,
    );
  }
  const socket = remote?.slice('unix://'.length) || SOCKET;
  let answer = await ping(socket);
  if (answer.state === 'absent' && remote) {
    throw new SetUpFailure(
      `Docker Engine does not respond at ${remote}, which DOCKER_HOST names: start it, or unset DOCKER_HOST.`,
    );
  }
  if (answer.state === 'absent') {
    if (!onPath('dockerd')) await install(doing);
    answer = await ping(socket);
    if (answer.state === 'absent') {
      doing('starting dockerd');
      answer = await start(socket);
    }
  }
  if (answer.state === 'forbidden') {
    throw new SetUpFailure(
      `This user may not use Docker (${socket}): run as root, or join the group of the socket with ` +
        `"sudo usermod --append --groups docker $USER" and log in again.`,
    );
  }
  return { value: socket, found: `Docker Engine ${answer.version}` };
}

async function install(doing) {
  if (!hasApt()) {
    throw new SetUpFailure(`On ${operatingSystem().name}, install Docker Engine 20.10 or newer, then start again.`);
  }
  doing('installing docker.io');
  // Newer Debian releases have the Docker CLI in a separate package.
  const client = (await aptCandidate('docker-cli')) ? ['docker-cli'] : [];
  await aptInstall('install Docker Engine', ['docker.io', ...client]);
}

async function start(socket) {
  const mine = await viaServiceManager();
  const daemon = mine ? undefined : await detached();
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await ping(socket);
    if (answer.state !== 'absent') return answer;
    if (daemon?.ended || Date.now() > deadline) {
      const where = mine ? '"journalctl -u docker"' : LOG;
      throw new SetUpFailure(`Docker Engine failed to start; for the cause, see ${where}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Only a running systemd has this folder. A container may have systemd's programs without a running systemd. */
async function viaServiceManager() {
  if (!existsSync('/run/systemd/system')) return false;
  if ((await run('pidof', ['systemd'])).code !== 0) return false;
  await mustRunAsRoot('start Docker Engine', 'systemctl', ['start', 'docker']);
  return true;
}

/** Starts dockerd in its own session with its output in a file, so that it keeps running after this process ends. */
async function detached() {
  await mountControlGroups();
  mkdirSync(path.dirname(LOG), { recursive: true });
  const log = openSync(LOG, 'a');
  const dockerd = onPath('dockerd');
  // sudo reads the password from the terminal, which a new session does not have; setsid therefore runs below sudo.
  const isRoot = process.getuid() === 0;
  const [command, args] = isRoot ? [dockerd, []] : ['sudo', ['-b', 'setsid', dockerd]];
  const child = spawn(command, args, { detached: isRoot, stdio: ['ignore', log, log], env: daemonEnvironment() });
  closeSync(log);
  const daemon = { ended: false };
  const isDaemon = command === dockerd;
  child.on('error', () => (daemon.ended = true));
  child.on('exit', (code) => (daemon.ended = isDaemon || code !== 0));
  child.unref();
  return daemon;
}

/** dockerd finds iptables and containerd through PATH, and a user's PATH may lack their folders. */
function daemonEnvironment() {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` };
}

/**
 * Mounts the cgroup hierarchies on a machine without an init system. cgroupfs-mount leaves existing mounts unchanged.
 */
async function mountControlGroups() {
  if (existsSync('/sys/fs/cgroup/cgroup.controllers') || existsSync('/sys/fs/cgroup/memory')) return;
  if (!onPath('cgroupfs-mount')) await aptInstall('mount the control groups', ['cgroupfs-mount']);
  await mustRunAsRoot('mount the control groups', 'cgroupfs-mount', []);
}

/** @returns {Promise<{ state: 'ready', version: string } | { state: 'absent' | 'forbidden' }>} */
function ping(socketPath) {
  if (existsSync(socketPath) && !mayUse(socketPath)) return Promise.resolve({ state: 'forbidden' });
  return new Promise((resolve) => {
    const absent = () => resolve({ state: 'absent' });
    const request = http.get({ socketPath, path: '/version', timeout: PING_TIMEOUT_MS }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => {
        try {
          resolve({ state: 'ready', version: JSON.parse(body).Version });
        } catch {
          absent();
        }
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', absent);
  });
}

function mayUse(file) {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

module.exports = { dockerEngine };
