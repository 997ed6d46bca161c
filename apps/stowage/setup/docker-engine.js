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

/** Installs Docker Engine if it is missing, starts it if it does not run, and waits until it answers. */
async function dockerEngine(doing) {
  const remote = process.env.DOCKER_HOST;
  if (remote && !remote.startsWith('unix://')) {
    throw new SetUpFailure(`DOCKER_HOST is ${remote}; Stowage needs the Docker Engine of this machine: unset it.`);
  }
  const socket = remote?.slice('unix://'.length) || SOCKET;
  let answer = await ping(socket);
  if (answer.state === 'absent' && remote) {
    throw new SetUpFailure(`No Docker Engine answers at ${remote}, which DOCKER_HOST names.`);
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
      `You may not use Docker (${socket}): run as root, or join its group with ` +
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
  // Newer Debians have the command line in a package of its own.
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
      const where = mine ? '"journalctl -u docker" says why' : `${LOG} says why`;
      throw new SetUpFailure(`Docker Engine does not start; ${where}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** systemd creates this folder at boot and only then; a container has the programs, but not the manager. */
async function viaServiceManager() {
  if (!existsSync('/run/systemd/system')) return false;
  if ((await run('pidof', ['systemd'])).code !== 0) return false;
  await mustRunAsRoot('start Docker Engine', 'systemctl', ['start', 'docker']);
  return true;
}

/** In a session of its own, with its output in a file: it outlives us, as a daemon of the machine should. */
async function detached() {
  await mountControlGroups();
  mkdirSync(path.dirname(LOG), { recursive: true });
  const log = openSync(LOG, 'a');
  const dockerd = onPath('dockerd');
  // sudo asks for a password on the terminal, which a session of its own would not have; dockerd gets one afterwards.
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

/** dockerd finds iptables and containerd through its PATH, which a user's shell may lack. */
function daemonEnvironment() {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` };
}

/** Without an init system nobody mounted them; Debian's package for that does nothing where they are. */
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
